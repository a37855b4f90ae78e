package logfield

import (
	"time"

	"go.uber.org/zap"
)

// ---- who and what

// Connection returns a field with the name of a connection.
func Connection(name string) zap.Field { return zap.String("connection", name) }

// Person returns a field with a person's key: connection id, slash, user id.
func Person(key string) zap.Field { return zap.String("person", key) }

// Token returns a field with the id of a token, never the token.
func Token(id string) zap.Field { return zap.String("token_id", id) }

// Group returns a field with the id of a SCIM group.
func Group(id string) zap.Field { return zap.String("group_id", id) }

// Worker returns a field with the SID of a TaskRouter Worker.
func Worker(sid string) zap.Field { return zap.String("worker_sid", sid) }

// Replica returns a field with the name of a replica.
func Replica(name string) zap.Field { return zap.String("replica", name) }

// ---- a request

// Request returns a field with the reference id of a SCIM request. The response contains
// the id, too.
func Request(id string) zap.Field { return zap.String("request_id", id) }

// Client returns a field with the address from which a request came. The address is
// logged only if the setting `log.addresses` is true.
func Client(address string) zap.Field { return zap.String("client", address) }

// Method returns a field with the HTTP method.
func Method(m string) zap.Field { return zap.String("method", m) }

// Route returns a field with the URL pattern that the request matched. The path is not
// logged, because the client chooses it.
func Route(pattern string) zap.Field { return zap.String("route", pattern) }

// Status returns a field with the HTTP status of a response, ours or Twilio's.
func Status(code int) zap.Field { return zap.Int("status", code) }

// Bytes returns a field with a number of bytes, such as the size of a response's body.
func Bytes(n int64) zap.Field { return zap.Int64("bytes", n) }

// Duration returns a field with a duration in milliseconds.
func Duration(d time.Duration) zap.Field {
	return zap.Float64("duration_ms", float64(d.Microseconds())/1000)
}

// ---- Twilio

// Kind returns a field with a flex.Kind: the kind of a failed call to Twilio.
func Kind(k string) zap.Field { return zap.String("kind", k) }

// TwilioRequest returns a field with the id that Twilio gave to a request. Twilio's
// support finds the request by the id.
func TwilioRequest(id string) zap.Field { return zap.String("twilio_request", id) }

// RetryAfter returns a field with the pause that a response asks for, in seconds.
func RetryAfter(d time.Duration) zap.Field {
	return zap.Float64("retry_after_s", d.Seconds())
}

// ---- a job

// Job returns a field with River's id of a job.
func Job(id int64) zap.Field { return zap.Int64("job_id", id) }

// Priority returns a field with the urgency of a job, 1 to 4.
func Priority(p int) zap.Field { return zap.Int("priority", p) }

// ---- the rest

// Reason returns a field with a reason, without personal data.
func Reason(text string) zap.Field { return zap.String("reason", text) }

// Attributes returns a field with the names of attributes, never their values.
func Attributes(names []string) zap.Field { return zap.Strings("attributes", names) }

// ScimType returns a field with the scimType of a SCIM error (RFC 7644 §3.12).
func ScimType(t string) zap.Field { return zap.String("scim_type", t) }

// Detail returns a field with the detail of an error that a client got.
func Detail(text string) zap.Field { return zap.String("detail", text) }

// Count returns a field with the number of the things that the message names.
func Count(n int64) zap.Field { return zap.Int64("count", n) }

// Days returns a field with the number of days until a token expires.
func Days(n int) zap.Field { return zap.Int("days", n) }

// Address returns a field with an address on which this process listens, or to which it
// connects.
func Address(a string) zap.Field { return zap.String("address", a) }

// File returns a field with the path of a configured file.
func File(path string) zap.Field { return zap.String("file", path) }

// Version returns a field with this program's version.
func Version(v string) zap.Field { return zap.String("version", v) }

// Panic returns a field with the value of a panic.
func Panic(value any) zap.Field { return zap.Any("panic", value) }

// Err returns a field with an error. Errors of flex and store contain no personal data.
func Err(err error) zap.Field { return zap.NamedError("cause", err) }
