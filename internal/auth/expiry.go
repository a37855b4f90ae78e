package auth

import (
	"context"
	"math"
	"time"
)

// Expiry warns of a connection whose last live token ends soon.
type Expiry struct {
	Connection string
	TokenID    string
	Days       int // that are left, rounded down
	Stage      int // 90, 30 or 7: the least of them that Days is within
}

// stages are the days before the end at which somebody is warned.
var stages = []int{7, 30, 90}

// Expiries lists the connections that will have no live token within 90 days:
// of each, the token that ends last. A connection that has replaced its token
// is not among them.
func (a *Auth) Expiries(ctx context.Context) ([]Expiry, error) {
	tokens, err := a.List(ctx, "")
	if err != nil {
		return nil, err
	}
	last := map[string]Listed{} // :: connection's name → its IdP's live token that ends last
	for _, t := range tokens {
		old, seen := last[t.ConnectionName]
		if t.User == "" && t.State == "live" && (!seen || endsAfter(t, old)) {
			last[t.ConnectionName] = t
		}
	}
	var out []Expiry
	for _, t := range tokens {
		if stage := stageOf(t, a.clock()); last[t.ConnectionName].ID == t.ID && stage > 0 {
			out = append(out, Expiry{t.ConnectionName, t.ID, daysLeft(t, a.clock()), stage})
		}
	}
	return out, nil
}

func endsAfter(a, b Listed) bool {
	return !b.Expires.IsZero() && (a.Expires.IsZero() || a.Expires.After(b.Expires))
}

func daysLeft(t Listed, now time.Time) int {
	return int(math.Floor(t.Expires.Sub(now).Hours() / 24))
}

// stageOf is the stage that a token has reached, 0 for none.
func stageOf(t Listed, now time.Time) int {
	if t.Expires.IsZero() {
		return 0
	}
	for _, s := range stages {
		if daysLeft(t, now) < s {
			return s
		}
	}
	return 0
}
