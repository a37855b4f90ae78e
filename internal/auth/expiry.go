package auth

import (
	"context"
	"math"
)

// Expiry is a connection whose last valid token expires soon.
type Expiry struct {
	Connection string
	Days       int // days until that token expires, rounded down
}

// soon is the number of days before the expiry at which warnings begin.
const soon = 90

// Expiries returns the connections whose IdP has valid tokens but none that is
// valid for 90 more days, each with the days until the last token expires.
func (a *Auth) Expiries(ctx context.Context) ([]Expiry, error) {
	tokens, err := a.List(ctx, "")
	if err != nil {
		return nil, err
	}
	last := map[string]Listed{} // :: connection's name → the valid token of its IdP that expires last
	for _, t := range tokens {
		old, seen := last[t.ConnectionName]
		if t.User == "" && t.State == "live" && (!seen || expiresAfter(t, old)) {
			last[t.ConnectionName] = t
		}
	}
	var out []Expiry
	for _, t := range tokens {
		days := int(math.Floor(t.Expires.Sub(a.clock()).Hours() / 24))
		if last[t.ConnectionName].ID == t.ID && !t.Expires.IsZero() && days < soon {
			out = append(out, Expiry{t.ConnectionName, days})
		}
	}
	return out, nil
}

func expiresAfter(a, b Listed) bool {
	return !b.Expires.IsZero() && (a.Expires.IsZero() || a.Expires.After(b.Expires))
}
