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

// Principal is who sent a request.
type Principal struct {
	Connection store.Connection
	TokenID    string
	Person     scim.ID // the user of the connection whom the token stands for; "": the IdP
}

// Reason is why a request is refused. It is for the log and the metrics only.
type Reason string

// The reasons.
const (
	Missing   Reason = "missing"   // no token
	Malformed Reason = "malformed" // not the syntax of RFC 6750 §2.1, or another scheme
	TooLong   Reason = "too_long"
	Unknown   Reason = "unknown"
	Expired   Reason = "expired"
	Revoked   Reason = "revoked"
	Away      Reason = "away" // the person whom it stands for is inactive or deleted
)

// Denied refuses a request. TokenID is "" unless the token is one that we
// know.
type Denied struct {
	Reason  Reason
	TokenID string
}

func (d *Denied) Error() string { return "token is " + string(d.Reason) }

// maxHeader is the longest Authorization header that is looked at, in bytes.
const maxHeader = 512

// Authenticate says who sent the value of an Authorization header: "Bearer
// TOKEN", in any letter case, or the bare token, as Okta's header mode sends
// it. An IdP's token that was good is not looked up again for [Freshness]; a
// person's is with every request: a leaver's ends at once. The error is a
// *Denied, or says that the database could not be asked.
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
	a.use(ctx, t, now)
	return Principal{Connection: c, TokenID: t.ID, Person: t.User}, nil
}

// lookUp finds a token and its connection. store.ErrNotFound.
func (a *Auth) lookUp(ctx context.Context, h hash, now time.Time) (store.Token, store.Connection, error) {
	recent := a.known.of()
	held, _ := recent.Load(h)
	if f, ok := held.(found); ok && now.Before(f.until) {
		return f.token, f.connection, nil
	}
	t, c, err := a.store.TokenByHash(ctx, h)
	if err == nil && subtle.ConstantTimeCompare(t.Hash[:], h[:]) != 1 {
		err = store.ErrNotFound
	}
	if err == nil && t.User == "" && reasonAgainst(t, now) == "" {
		recent.Store(h, found{t, c, now.Add(Freshness)})
	}
	return t, c, err
}

// Parse takes the token out of an Authorization header; a reason other than ""
// says why there is none.
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

// isToken68 is the syntax of a bearer token (RFC 6750 §2.1).
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
