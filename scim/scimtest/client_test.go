package scimtest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimtest"
)

// serve starts an HTTP server that runs scimhttp on a directory in memory. It
// returns a client of this server, and the directory.
func serve(t *testing.T) (scimtest.Client, *scimtest.Directory) {
	t.Helper()
	d := scimtest.NewDirectory()
	h, err := scimhttp.New(scimhttp.Config{
		Directory: d,
		BaseURL:   func(*http.Request) string { return "http://scim.example.com/scim/v2" },
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return scimtest.Client{URL: srv.URL, Token: "t"}, d
}

// want returns a function that checks the status of a response and returns the id
// of the resource in it.
func want(t *testing.T, status int) func(scimtest.Answer, error) string {
	t.Helper()
	return func(a scimtest.Answer, err error) string {
		t.Helper()
		if err != nil || a.Status != status {
			t.Fatalf("got %d %s %v, want %d", a.Status, a.Text, err, status)
		}
		return a.ID()
	}
}

func TestOkta(t *testing.T) {
	t.Parallel()
	for name, wizard := range map[string]bool{"wizard": true, "catalogue": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			c, d := serve(t)
			okta := scimtest.Okta{Client: c, Wizard: wizard}
			patched := 204
			if wizard {
				patched = 200
			}
			want(t, 200)(okta.Test(ctx))
			want(t, 200)(okta.Find(ctx, "ann.lee@example.com"))
			ann := want(t, 201)(okta.Create(ctx, "ann.lee@example.com"))
			group := want(t, 201)(okta.CreateGroup(ctx, "Flex Supervisors"))
			want(t, patched)(okta.Members(ctx, group, []string{ann}, nil))
			want(t, patched)(okta.Rename(ctx, group, "Supervisors"))
			want(t, 200)(okta.SetActive(ctx, ann, false))
			expect(t, d, ann, false, "Supervisors")
			want(t, 200)(okta.SetActive(ctx, ann, true))
			want(t, patched)(okta.Members(ctx, group, nil, []string{ann}))
			expect(t, d, ann, true)
		})
	}
}

func TestEntra(t *testing.T) {
	t.Parallel()
	for name, flag := range map[string]bool{"legacy": false, "aadOptscim062020": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			c, d := serve(t)
			entra := scimtest.Entra{Client: c, Flag: flag}
			want(t, 200)(entra.Test(ctx))
			ann := want(t, 201)(entra.Create(ctx, "ann.lee@example.com"))
			group := want(t, 201)(entra.CreateGroup(ctx, "Flex Supervisors"))
			want(t, 204)(entra.AddMember(ctx, group, ann))
			want(t, 200)(entra.Set(ctx, ann, map[string]any{
				"name.givenName": "Anna", scim.URNEnterprise + ":department": "Care", `phoneNumbers[type eq "mobile"].value`: "+1",
			}))
			want(t, 200)(entra.SetManager(ctx, ann, "boss"))
			want(t, 200)(entra.SetActive(ctx, ann, false))
			u := expect(t, d, ann, false, "Flex Supervisors")
			got := []string{u.Doc.Text("name", "givenName"), u.Doc.Text(scim.URNEnterprise, "manager", "value"), u.Doc.Values("phoneNumbers")[0]}
			if got[0] != "Anna" || got[1] != "boss" || got[2] != "+1" {
				t.Errorf("got %q, want Anna, boss, +1", got)
			}
			want(t, 200)(entra.SetActive(ctx, ann, true))
			want(t, 204)(entra.RemoveMember(ctx, group, ann))
			expect(t, d, ann, true)
			want(t, 204)(entra.Delete(ctx, ann))
			want(t, 404)(entra.Delete(ctx, ann))
		})
	}
}

// expect checks whether a user is active and in which groups the user is.
func expect(t *testing.T, d *scimtest.Directory, id string, active bool, groups ...string) scim.User {
	t.Helper()
	u, err := d.User(t.Context(), scim.ID(id))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range u.Groups {
		got = append(got, g.Display)
	}
	if u.Doc.Active() != active || len(got) != len(groups) || len(got) > 0 && got[0] != groups[0] {
		t.Fatalf("got active %t in %q, want %t in %q", u.Doc.Active(), got, active, groups)
	}
	return u
}
