package account

import (
	"fmt"
	"net/http"
	"strconv"
)

// Error is one of Twilio's errors.
// Source: https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions
type Error struct {
	Status  int // HTTP
	Code    int // https://www.twilio.com/docs/api/errors
	Message string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s (status %d, code %d)", e.Message, e.Status, e.Code)
}

// Twilio's codes.
const (
	CodeInvalid  = 20001 // an argument
	CodeDenied   = 20003 // the credentials
	CodeNotFound = 20404
	CodeTaken    = 20409
	CodeStale    = 20412 // If-Match
	CodeTooMany  = 20429
	CodeTooFast  = 45780 // Flex: a limit of one endpoint
	CodeClaims   = 45050 // Flex: a mandatory SAML claim is missing
)

// Invalid returns the error for an invalid argument.
func Invalid(format string, args ...any) error {
	return &Error{http.StatusBadRequest, CodeInvalid, fmt.Sprintf(format, args...)}
}

// refuse returns the error for a valid request that the state of the account forbids.
// The options determine whether the message gives the reason.
func (a *Account) refuse(format string, args ...any) error {
	if a.opt.Load().RefusalWording == "plain" {
		return Invalid("Bad Request")
	}
	return Invalid(format, args...)
}

// NotFound returns the error for a resource that does not exist. pathOrSID names
// the resource in the error's text.
func NotFound(pathOrSID string) error {
	return &Error{http.StatusNotFound, CodeNotFound, "The requested resource " + pathOrSID + " was not found"}
}

func conflict(format string, args ...any) error {
	return &Error{http.StatusConflict, CodeTaken, fmt.Sprintf(format, args...)}
}

func stale() error {
	return &Error{http.StatusPreconditionFailed, CodeStale, "The If-Match header does not match the current ETag of the resource"}
}

// ETag returns the ETag for this version of a resource, or "" if the option etag is
// "absent".
func (a *Account) ETag(version int) string {
	n := strconv.Itoa(version)
	switch a.opt.Load().ETag {
	case "bare":
		return n
	case "weak":
		return `W/"` + n + `"`
	case "absent":
		return ""
	}
	return `"` + n + `"`
}

func (a *Account) matchWorker(wk *worker, ifMatch string) error {
	if a.opt.Load().IfMatch == "ignored" {
		return nil
	}
	return a.match(wk.Version, ifMatch)
}

// match returns nil if ifMatch is "", "*" or the ETag of this version. Otherwise it
// returns an error.
func (a *Account) match(version int, ifMatch string) error {
	if ifMatch == "" || ifMatch == "*" || ifMatch == a.ETag(version) {
		return nil
	}
	return stale()
}
