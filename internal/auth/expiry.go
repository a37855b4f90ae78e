package auth

import (
	"context"
	"math"
	"time"
)

// Expiry is a connection whose last valid token expires soon.
type Expiry struct {
	Connection string
	TokenID    string
	Days       int // until it expires, rounded down
	Stage      int // 90, 30 or 7: the smallest that Days is below
}

// stages are the days before the expiry at which operators are warned.
var stages = []int{7, 30, 90}

// Expiries returns the connections whose IdP has no token that is valid for
// 90 more days, each with the token that expires last.
func (a *Auth) Expiries(ctx context.Context) ([]Expiry, error) {
	tokens, err := a.List(ctx, "")
	if err != nil {
		return nil, err
	}
	last := map[string]Listed{} // :: connection's name → its IdP's valid token that expires last
	for _, t := range tokens {
		old, seen := last[t.ConnectionName]
		if t.User == "" && t.State == "live" && (!seen || expiresAfter(t, old)) {
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

func expiresAfter(a, b Listed) bool {
	return !b.Expires.IsZero() && (a.Expires.IsZero() || a.Expires.After(b.Expires))
}

func daysLeft(t Listed, now time.Time) int {
	return int(math.Floor(t.Expires.Sub(now).Hours() / 24))
}

// stageOf returns the stage that a token has reached; 0: none.
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
