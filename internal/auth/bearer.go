package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// Principal is the sender of a request.
type Principal struct {
	Connection store.Connection
	TokenID    string
	Person     scim.ID // the user to whom the token belongs; "": the IdP's token
}

// Reason is the reason why a request is refused. It is for the log and the metrics only.
type Reason string

// The reasons of a refusal.
const (
	Missing      Reason = "missing"   // no token
	Malformed    Reason = "malformed" // the scheme is not Bearer, or the syntax is wrong (RFC 6750 §2.1)
	TooLong      Reason = "too_long"
	Unknown      Reason = "unknown"
	Expired      Reason = "expired"
	Revoked      Reason = "revoked"
	UserInactive Reason = "away"      // the token's person is inactive or deleted
	Throttled    Reason = "throttled" // the address has to wait, and the token was not valid a moment ago
)

// Denied is the error for a request without a valid token. TokenID is "" if the token is unknown.
type Denied struct {
	Reason  Reason
	TokenID string
}

func (d *Denied) Error() string { return "token is " + string(d.Reason) }

// maxHeader is the longest Authorization header that is parsed, in bytes.
const maxHeader = 512

// Authenticate returns the sender of a request. header is the value of its
// Authorization header: "Bearer TOKEN", with "Bearer" in any letter case, or the
// token alone, which Okta sends in its header mode. A valid token of an IdP is
// cached for [CacheTTL]. A person's token is looked up for every request, so that
// it is refused as soon as the person is deactivated or deleted. If the token is
// not valid, the error is a *Denied. If the database is unavailable, the error is
// that of the database.
func (a *Auth) Authenticate(ctx context.Context, header string) (Principal, error) {
	text, reason := Parse(header)
	if reason != "" {
		return Principal{}, &Denied{Reason: reason}
	}
	now := a.clock()
	t, c, err := a.lookUp(ctx, sha256.Sum256([]byte(text)), now)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Principal{}, &Denied{Reason: Unknown}
	case err != nil:
		return Principal{}, fmt.Errorf("look up a token: %w", err)
	}
	if reason := reasonAgainst(t, now); reason != "" {
		return Principal{}, &Denied{Reason: reason, TokenID: t.ID}
	}
	a.saveUse(ctx, t, now)
	return Principal{Connection: c, TokenID: t.ID, Person: t.User}, nil
}

// lookUp returns a token and its connection, or store.ErrNotFound.
func (a *Auth) lookUp(ctx context.Context, h hash, now time.Time) (store.Token, store.Connection, error) {
	cached := a.cache.Load()
	value, _ := cached.Load(h)
	if e, ok := value.(entry); ok && now.Before(e.until) {
		return e.token, e.connection, nil
	}
	t, c, err := a.store.TokenByHash(ctx, h)
	if err == nil && subtle.ConstantTimeCompare(t.Hash[:], h[:]) != 1 {
		err = store.ErrNotFound
	}
	if err == nil && t.User == "" && reasonAgainst(t, now) == "" {
		cached.Store(h, entry{t, c, now.Add(CacheTTL)})
	}
	return t, c, err
}

// Parse returns the token of an Authorization header, or the reason why the
// header has no valid token.
func Parse(header string) (token string, reason Reason) {
	if len(header) > maxHeader {
		return "", TooLong
	}
	words := strings.Fields(header)
	if len(words) > 0 && strings.EqualFold(words[0], "Bearer") {
		words = words[1:]
	}
	switch {
	case len(words) == 0:
		return "", Missing
	case len(words) > 1 || !isToken68(words[0]):
		return "", Malformed
	}
	return words[0], ""
}

// isToken68 reports whether s has the syntax of a bearer token (RFC 6750 §2.1).
func isToken68(s string) bool {
	body := strings.TrimRight(s, "=")
	for _, c := range []byte(body) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && !strings.ContainsRune("-._~+/", rune(c)) {
			return false
		}
	}
	return body != ""
}
