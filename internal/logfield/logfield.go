package logfield

import (
	"time"

	"go.uber.org/zap"
)

// ---- who and what

// Connection is the name of a connection.
func Connection(name string) zap.Field { return zap.String("connection", name) }

// Person is a person's key, "connection id/user id".
func Person(key string) zap.Field { return zap.String("person", key) }

// Token is the id of a token, never the token.
func Token(id string) zap.Field { return zap.String("token_id", id) }

// Worker is the SID of a TaskRouter Worker.
func Worker(sid string) zap.Field { return zap.String("worker_sid", sid) }

// Replica is the name of a process. Several processes can use one database.
func Replica(name string) zap.Field { return zap.String("replica", name) }

// ---- a request

// Request is the reference id of a SCIM request. The response contains it, too.
func Request(id string) zap.Field { return zap.String("request_id", id) }

// Client is the address from which a request came. It is logged only if the
// administrator wants that.
func Client(address string) zap.Field { return zap.String("client", address) }

// Method is the HTTP method.
func Method(m string) zap.Field { return zap.String("method", m) }

// Route is the matched pattern. It is never the path, because the client chooses that.
func Route(pattern string) zap.Field { return zap.String("route", pattern) }

// Status is the HTTP status of a response, ours or Twilio's.
func Status(code int) zap.Field { return zap.Int("status", code) }

// Bytes is the size of a response's body.
func Bytes(n int64) zap.Field { return zap.Int64("bytes", n) }

// Duration is a duration in milliseconds.
func Duration(d time.Duration) zap.Field {
	return zap.Float64("duration_ms", float64(d.Microseconds())/1000)
}

// ---- Twilio

// Kind is the kind of a failed call to Twilio, a flex.Kind.
func Kind(k string) zap.Field { return zap.String("kind", k) }

// RetryAfter is the wait that a response asks for, in seconds.
func RetryAfter(d time.Duration) zap.Field {
	return zap.Float64("retry_after_s", d.Seconds())
}

// ---- a job

// Job is River's id of a job.
func Job(id int64) zap.Field { return zap.Int64("job_id", id) }

// Priority is the urgency of a job, 1 to 4.
func Priority(p int) zap.Field { return zap.Int("priority", p) }

// ---- the rest

// Reason is a reason, without personal data.
func Reason(text string) zap.Field { return zap.String("reason", text) }

// Attributes are the names of attributes, never their values.
func Attributes(names []string) zap.Field { return zap.Strings("attributes", names) }

// Count is how many there are of the things that the message names.
func Count(n int64) zap.Field { return zap.Int64("count", n) }

// Days is the number of days until a token expires.
func Days(n int) zap.Field { return zap.Int("days", n) }

// Address is an address that this process listens on or connects to.
func Address(a string) zap.Field { return zap.String("address", a) }

// File is the path of a configured file.
func File(path string) zap.Field { return zap.String("file", path) }

// Version is this program's version.
func Version(v string) zap.Field { return zap.String("version", v) }

// Panic is the value of a panic.
func Panic(value any) zap.Field { return zap.Any("panic", value) }

// Err is an error. Errors of flex and store contain no personal data.
func Err(err error) zap.Field { return zap.NamedError("cause", err) }
