package connection

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// setting is a setting of a connection that an operator can change.
type setting struct {
	name string // name in the audit log; the key of the configuration is "connection." + name
	get  func(store.Settings) string
	set  func(s *store.Settings, text string) error // its error completes the sentence "must be …"
}

// settings returns all settings in the order in which they are shown.
func settings() []setting {
	return []setting{
		{"kind", func(s store.Settings) string { return s.Kind },
			func(s *store.Settings, text string) error { return choose(&s.Kind, text, Kinds()) }},
		onOff("entitlements", func(s *store.Settings) *bool { return &s.Entitlements }, true),
		{"group_put", func(s store.Settings) string { return string(cmp.Or(s.GroupPut, scim.GroupPutAuto)) },
			func(s *store.Settings, text string) error { return choose(&s.GroupPut, text, scim.GroupPuts()) }},
		onOff("pagination", func(s *store.Settings) *bool { return &s.HidesPagination }, false),
		{"allowed_domains", func(s store.Settings) string { return strings.Join(s.AllowedDomains.Names(), ",") },
			func(s *store.Settings, text string) (err error) {
				s.AllowedDomains, err = scim.ParseDomains(text)
				return err
			}},
	}
}

// onOff returns a setting that is on or off. The argument on is the value that the
// field of store.Settings has while the setting is on.
func onOff(name string, field func(*store.Settings) *bool, on bool) setting {
	return setting{name,
		func(s store.Settings) string {
			if *field(&s) == on {
				return "on"
			}
			return "off"
		},
		func(s *store.Settings, text string) error {
			is, err := strconv.ParseBool(text)
			if err != nil {
				return fmt.Errorf("true or false")
			}
			*field(s) = is == on
			return nil
		}}
}

// choose sets a field to a text. If the text is not among the allowed values, choose
// returns an error instead.
func choose[T ~string](field *T, text string, allowed []T) error {
	if !slices.Contains(allowed, T(text)) {
		texts := make([]string, len(allowed))
		for i, a := range allowed {
			texts[i] = string(a)
		}
		return fmt.Errorf("one of %s", strings.Join(texts, ", "))
	}
	*field = T(text)
	return nil
}

// Values has the values of settings as text, by the name of the setting: kind,
// entitlements, group_put, pagination, allowed_domains.
type Values map[string]string

// ValuesOf returns the values of all settings of a connection as text.
func ValuesOf(s store.Settings) Values {
	values := Values{}
	for _, one := range settings() {
		values[one.name] = one.get(s)
	}
	return values
}

// Apply writes each setting that v contains to the given store.Settings. It returns
// an error if a value is not allowed, or if the name of a setting is unknown.
func (v Values) Apply(to *store.Settings) error {
	known := 0
	for _, one := range settings() {
		text, given := v[one.name]
		if !given {
			continue
		}
		known++
		if err := one.set(to, text); err != nil {
			return fmt.Errorf("%s is %q: must be %w", one.name, text, err)
		}
	}
	if known < len(v) {
		return fmt.Errorf("unknown setting among %v", v)
	}
	return nil
}

// differences returns the detail of an audit entry: the old and the new value of
// each setting that differs.
func differences(before, after store.Settings) map[string]string {
	detail := map[string]string{}
	for _, one := range settings() {
		if was, is := one.get(before), one.get(after); was != is {
			detail[one.name] = fmt.Sprintf("%q → %q", was, is)
		}
	}
	return detail
}

// Change changes those settings of the named connection that the argument values
// contains, and returns the changed connection. If a setting changes, Change writes
// an audit entry with the actor and with the old and new values. It returns
// store.ErrNotFound if no connection has the name.
func (c *Connections) Change(ctx context.Context, name string, values Values, actor string) (store.Connection, error) {
	found, err := c.store.ConnectionByName(ctx, name)
	if err != nil {
		return found, fmt.Errorf("connection %s: %w", name, err)
	}
	if err := values.Apply(&found.Settings); err != nil {
		return found, err
	}
	defer c.onChange()
	err = c.store.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
		before, err := tx.Settings(ctx, found.ID)
		if err != nil {
			return err
		}
		after := before
		if err := values.Apply(&after); err != nil {
			return err
		}
		detail := differences(before, after)
		found.Settings = after
		if len(detail) == 0 {
			return nil
		}
		if err := tx.UpdateSettings(ctx, found.ID, after); err != nil {
			return err
		}
		return tx.Audit(ctx, audit.Entry{Connection: string(found.ID), Actor: actor, Action: audit.ConnectionChanged, Subject: string(found.ID), Detail: detail})
	})
	if err != nil {
		return found, fmt.Errorf("change connection %s: %w", name, err)
	}
	return found, nil
}
