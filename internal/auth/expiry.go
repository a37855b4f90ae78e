package auth

import (
	"context"
	"math"
	"time"
)

// Expiry is a connection whose last valid token expires soon or has expired.
type Expiry struct {
	Connection string
	At         time.Time // time at which the last valid token expires
	Days       int       // days until At, rounded down; below 0 if the token has expired
}

// Expired reports whether the connection's IdP has no valid token any more.
func (e Expiry) Expired() bool { return e.Days < 0 }

// soon is the number of days before the expiry at which warnings begin.
const soon = 90

// Expiries returns the connections whose IdP has no token that is valid for 90 more
// days. Each connection has the expiry of its last token. Expiries leaves out
// connections without a token, and connections that have no valid token and whose
// newest token was revoked.
func (a *Auth) Expiries(ctx context.Context) ([]Expiry, error) {
	tokens, err := a.List(ctx, "")
	if err != nil {
		return nil, err
	}
	last := map[string]Listed{} // :: connection's name → the valid token of its IdP that expires last, or else the newest token
	for _, t := range tokens {
		old, seen := last[t.ConnectionName]
		if t.User == "" && (!seen || replaces(t, old)) {
			last[t.ConnectionName] = t
		}
	}
	var out []Expiry
	for _, t := range tokens {
		days := int(math.Floor(t.Expires.Sub(a.clock()).Hours() / 24))
		if last[t.ConnectionName].ID == t.ID && t.State != "revoked" && !t.Expires.IsZero() && days < soon {
			out = append(out, Expiry{t.ConnectionName, t.Expires, days})
		}
	}
	return out, nil
}

// replaces returns true if Expiries must regard t, and not old, as the last token of
// the connection. Of these two tokens, t is the newer one.
func replaces(t, old Listed) bool {
	return old.State != "live" || t.State == "live" && expiresAfter(t, old)
}

func expiresAfter(a, b Listed) bool {
	return !b.Expires.IsZero() && (a.Expires.IsZero() || a.Expires.After(b.Expires))
}
