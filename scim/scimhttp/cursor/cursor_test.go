package cursor_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
	"github.com/flexscim/flexscim/scim/scimhttp/cursor"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func box(tb testing.TB, fill byte) *cursor.Box {
	tb.Helper()
	b, err := cursor.NewBox(bytes.Repeat([]byte{fill}, cursor.KeySize))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// positions returns one position of each kind, by the name of the kind.
func positions() map[string]cursor.Position {
	ann := scim.User{ID: scim.NewID(), Meta: scim.Meta{Created: noon.Add(1234567 * time.Nanosecond), LastModified: noon}, Doc: scim.Document{
		"userName": "ann@example.com", "title": strings.Repeat("Ä\x00", 600), "active": true,
	}}
	by := func(attr, sub string) scim.Place { return ann.Place(scim.Sort{By: scim.Path{Attr: attr, Sub: sub}}) }
	all := map[string]cursor.Position{"the first page": {}, "the last page": {Walk: scim.Walk{Back: true}}}
	for name, place := range map[string]scim.Place{
		"created": ann.Place(scim.Sort{}), "text": by("userName", ""), "long text": by("title", ""), "boolean": by("active", ""),
		"none": by("displayName", ""), "time": by("meta", "lastModified"),
	} {
		all[name] = cursor.Position{Type: 1, Walk: scim.Walk{From: place, Back: name == "text"}}
	}
	for name, p := range all {
		p.Expires = noon.Add(time.Hour)
		all[name] = p
	}
	return all
}

func seal(tb testing.TB, b *cursor.Box, p cursor.Position, query string) string {
	tb.Helper()
	text, err := b.Seal(p, query)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// TestRoundTrip checks that Open returns the position of a cursor until the cursor
// expires, and that the text of a cursor is short, safe in a URL and different each
// time.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	b := box(t, 7)
	for name, p := range positions() {
		text := seal(t, b, p, "q")
		if len(text) > 1200 || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("%s: got %d characters, %s", name, len(text), text)
		}
		got, err := b.Open(text, "q", noon)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		order := scim.Sort{}
		if got.Type != p.Type || got.Walk.Back != p.Walk.Back || got.Walk.From.ID != p.Walk.From.ID ||
			order.ComparePlaces(got.Walk.From, p.Walk.From) != 0 || !got.Expires.Equal(p.Expires) {
			t.Errorf("%s: got %+v, want %+v", name, got, p)
		}
		for clock, want := range map[time.Time]string{p.Expires.Add(-time.Second): "", p.Expires: refusal.ExpiredCursor, p.Expires.Add(time.Hour): refusal.ExpiredCursor} {
			if _, err := b.Open(text, "q", clock); typeOf(err) != want {
				t.Errorf("%s at %v: got %v, want %q", name, clock, err, want)
			}
		}
		if again := seal(t, b, p, "q"); again == text {
			t.Errorf("%s: two cursors are the same: %s", name, text)
		}
	}
}

func typeOf(err error) string {
	if e, ok := errors.AsType[*scim.Error](err); ok && e.Status == 400 {
		return e.Type
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// TestInvalid checks that Open refuses every text except a cursor that was sealed
// with the same key for the same list.
func TestInvalid(t *testing.T) {
	t.Parallel()
	b := box(t, 7)
	text := seal(t, b, positions()["text"], "q")
	for i := range len(text) {
		for _, other := range []string{text[:i] + "A" + text[i+1:], text[:i] + "_" + text[i+1:], text[:i], text[:i] + "=" + text[i:]} {
			if _, err := b.Open(other, "q", noon); other != text && typeOf(err) != refusal.InvalidCursor {
				t.Fatalf("%s, changed at %d: got %v, want invalidCursor", other, i, err)
			}
		}
	}
	for _, row := range []struct {
		box         *cursor.Box
		text, query string
	}{
		{b, text, "another query"}, {b, text, ""}, {box(t, 8), text, "q"}, {b, "", "q"}, {b, "x", "q"}, {b, text + "A", "q"}, {b, text + "\n", "q"},
		{b, "ä", "q"}, {b, strings.Repeat("A", 27), "q"}, {b, strings.Repeat("A", 100_000), "q"},
	} {
		if _, err := row.box.Open(row.text, row.query, noon.Add(2*time.Hour)); typeOf(err) != refusal.InvalidCursor {
			t.Errorf("%.40q of %q: got %v, want invalidCursor", row.text, row.query, err)
		}
	}
	if _, err := cursor.NewBox(make([]byte, 16)); err == nil {
		t.Error("a key of 16 bytes was accepted")
	}
}
