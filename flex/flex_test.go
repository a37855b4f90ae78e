package flex_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex"
)

func TestIsSID(t *testing.T) {
	t.Parallel()
	hex := strings.Repeat("0aF9", 8)
	for s, want := range map[string]bool{
		"WK" + hex:                true,
		"WA" + hex:                false,
		"wk" + hex:                false,
		"WK" + hex[1:]:            false,
		"WK" + hex + "0":          false,
		"WK" + hex[1:] + "g":      false,
		"WK" + hex[2:] + "/.":     false,
		"WK" + hex[1:] + "\u00e4": false,
		"":                        false,
	} {
		if got := flex.IsSID(s, "WK"); got != want {
			t.Errorf("IsSID(%q): got %v, want %v", s, got, want)
		}
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("sync: %w", &flex.Error{Op: "delete worker", Kind: flex.Busy, Status: 400, Code: 20001,
		Message: "ann", RetryAfter: time.Second, Err: context.Canceled})
	if !errors.Is(err, flex.Busy) || errors.Is(err, flex.Gone) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want Busy and Canceled", err)
	}
	if got := flex.KindOf(err); got != flex.Busy {
		t.Errorf("kind: got %q, want Busy", got)
	}
	if got := flex.RetryAfter(err); got != time.Second {
		t.Errorf("retry after: got %v, want 1 s", got)
	}
	if got, want := err.Error(), "sync: delete worker: busy (status 400, code 20001): context canceled"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if other := errors.New("x"); flex.KindOf(other) != "" || flex.RetryAfter(other) != 0 || flex.KindOf(nil) != "" {
		t.Error("another error has a kind or a pause")
	}
}

func TestPriorityOf(t *testing.T) {
	t.Parallel()
	if got := flex.PriorityOf(t.Context()); got != flex.Changed {
		t.Errorf("got %v, want Changed", got)
	}
	if got := flex.PriorityOf(flex.WithPriority(t.Context(), flex.Leaver)); got != flex.Leaver {
		t.Errorf("got %v, want Leaver", got)
	}
}

func TestPerson(t *testing.T) {
	t.Parallel()
	if p := (flex.Person{}); !p.IsNobody() || len(p.Roles()) != 0 {
		t.Error("the zero Person is not nobody, or has roles")
	}
	p := flex.Person{UserName: "a", Attributes: map[string]any{flex.KeyRoles: []string{"agent"}}}
	p.Roles()[0] = "admin"
	if p.IsNobody() || p.Roles()[0] != "agent" {
		t.Errorf("got the roles %v, want agent, because Roles returns a copy", p.Roles())
	}
}
