package scim_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim"
)

var limits = scim.FilterLimits{Bytes: 200, Terms: 3, Depth: 2}

// TestParseFilter checks the structure of parsed filters, and the limits.
// TestFilter in package scimhttp tests the filters that IdPs send.
func TestParseFilter(t *testing.T) {
	t.Parallel()
	name := func(value string) scim.Filter { return scim.Compare{Attr: "userName", Op: scim.Eq, Value: value} }
	title := scim.Compare{Attr: "title", Op: scim.Pr}
	level := scim.Compare{Attr: "level", Op: scim.Gt, Value: json.Number("2")}
	for text, want := range map[string]scim.Filter{
		"": nil, " ": nil,
		`username EQ "a"`:                         name("a"),
		`title pr and title pr and userName eq a`: scim.And{title, title, name("a")},
		`title pr or title pr and title pr`:       scim.Or{title, scim.And{title, title}},
		`title pr and (title pr or title pr)`:     scim.And{title, scim.Or{title, title}},
		`NOT(title pr)`:                           scim.Not{Term: title},
		`urn:ietf:params:scim:schemas:extension:flexscim:2.0:User:skills[name eq "x" and level gt 2]`: scim.Element{
			URN: scim.URNFlex, Attr: "skills", Filter: scim.And{scim.Compare{Attr: "name", Op: scim.Eq, Value: "x"}, level}},
		"((title pr))": title,
	} {
		got, err := scim.ParseFilter(scim.UserType(), text, limits)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", text, err, diff)
		}
	}
	for _, text := range []string{
		"title", "title pr)", "(title pr", "not title pr", "title prand title pr", `userName eq"a"`, `userName eq "a"and title pr`, "shoes pr",
		"(((title pr)))", strings.Repeat("title pr or ", 3) + "title pr", `userName eq "` + strings.Repeat("a", 200) + `"`, "emails[a[b pr]]",
	} {
		_, err := scim.ParseFilter(scim.UserType(), text, limits)
		if e, ok := errors.AsType[*scim.Error](err); !ok || e.Status != 400 || e.Type != "invalidFilter" {
			t.Errorf("%s: got %v, want 400 invalidFilter", text, err)
		}
	}
}

func TestParsePath(t *testing.T) {
	t.Parallel()
	work := scim.Compare{Attr: "type", Op: scim.Eq, Value: "work"}
	for text, want := range map[string]scim.Path{
		"": {}, scim.URNUser: {},
		"NAME.givenname":               {Attr: "name", Sub: "givenName"},
		`emails[type eq "work"].value`: {Attr: "emails", Filter: work, Sub: "value"},
		`emails [ type eq work ]`:      {Attr: "emails", Filter: work},
		"manager":                      {URN: scim.URNEnterprise, Attr: "manager"},
		"password":                     {Attr: "password"},
		scim.URNUser + ".active":       {Attr: "active"},
		scim.URNUser + `.emails[type eq "work"].value`: {Attr: "emails", Filter: work, Sub: "value"},
		scim.URNEnterprise + ".manager.value":          {URN: scim.URNEnterprise, Attr: "manager", Sub: "value"},
		"urn:okta:my_app:1.0:user:x":                   {URN: "urn:okta:my_app:1.0:user:x"},
		`urn:okta:my_app:1.0:user:x[a pr].b`:           {URN: "urn:okta:my_app:1.0:user:x"},
	} {
		got, err := scim.ParsePath(scim.UserType(), text, limits)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", text, err, diff)
		}
	}
	for _, text := range []string{"members.", "a b", `emails[type eq "work"]x`, `emails[type eq "work"].value eq "x"`, "emails["} {
		path, err := scim.ParsePath(scim.UserType(), text, limits)
		if e, ok := errors.AsType[*scim.Error](err); !ok || e.Status != 400 || e.Type != "invalidPath" || !path.IsZero() {
			t.Errorf("%s: got %v %v, want 400 invalidPath and no path", text, path, err)
		}
	}
	for _, text := range []string{
		"shoes.size", "actve", "name.givneName", `emails[type eq "work"].vaule`, "emails[shoes pr]", scim.URNUser + ":actve", scim.URNUser + ".actve",
		scim.URNEnterprise + ":shoes", scim.URNGroup + ":displayName", scim.URNGroup, "userName.x",
	} {
		path, err := scim.ParsePath(scim.UserType(), text, limits)
		if e, ok := errors.AsType[*scim.Error](err); !ok || e.Status != 400 || e.Type != "invalidPath" || path.IsZero() {
			t.Errorf("%s: got %v %v, want 400 invalidPath and the names of the path", text, path, err)
		}
	}
}
