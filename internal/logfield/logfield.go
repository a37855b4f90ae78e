package logfield

import (
	"time"

	"go.uber.org/zap"
)

// ---- who and what

// Connection is the name of a connection: the IdP's app, as the admin named it.
func Connection(name string) zap.Field { return zap.String("connection", name) }

// Person is a person's key, "connection id/user id".
func Person(key string) zap.Field { return zap.String("person", key) }

// User is the id of a SCIM user.
func User(id string) zap.Field { return zap.String("user_id", id) }

// Group is the id of a SCIM group.
func Group(id string) zap.Field { return zap.String("group_id", id) }

// Token is the id of a token, never the token.
func Token(id string) zap.Field { return zap.String("token_id", id) }

// Worker is the SID of a TaskRouter Worker.
func Worker(sid string) zap.Field { return zap.String("worker_sid", sid) }

// Workspace is the SID of a TaskRouter Workspace.
func Workspace(sid string) zap.Field { return zap.String("workspace_sid", sid) }

// Reservation is the SID of a Reservation.
func Reservation(sid string) zap.Field { return zap.String("reservation_sid", sid) }

// Task is the SID of a Task.
func Task(sid string) zap.Field { return zap.String("task_sid", sid) }

// Leaver is the id of the record of a removal.
func Leaver(id string) zap.Field { return zap.String("leaver_id", id) }

// Replica is the name of a process among several on one database.
func Replica(name string) zap.Field { return zap.String("replica", name) }

// ---- a request

// Request is the reference id of a SCIM request, the one in its answer.
func Request(id string) zap.Field { return zap.String("request_id", id) }

// Method is the HTTP method.
func Method(m string) zap.Field { return zap.String("method", m) }

// Route is the pattern that matched, never the path: a path holds what
// strangers write.
func Route(pattern string) zap.Field { return zap.String("route", pattern) }

// Resource is the kind of resource: Users, Groups, ….
func Resource(kind string) zap.Field { return zap.String("resource", kind) }

// Status is the HTTP status of an answer, ours or Twilio's.
func Status(code int) zap.Field { return zap.Int("status", code) }

// Bytes is the size of an answer's body.
func Bytes(n int64) zap.Field { return zap.Int64("bytes", n) }

// Duration is how long it took, in milliseconds.
func Duration(d time.Duration) zap.Field {
	return zap.Float64("duration_ms", float64(d.Microseconds())/1000)
}

// ---- Twilio

// Op is our name of a call to Twilio: "update worker".
func Op(name string) zap.Field { return zap.String("op", name) }

// TwilioRequest is Twilio-Request-Id, for Twilio's support.
func TwilioRequest(id string) zap.Field { return zap.String("twilio_request_id", id) }

// TwilioCode is Twilio's error code, see https://www.twilio.com/docs/api/errors.
func TwilioCode(code int) zap.Field { return zap.Int("twilio_code", code) }

// Kind is the kind of a failure, one of flex's.
func Kind(k string) zap.Field { return zap.String("kind", k) }

// RetryAfter is the pause that somebody asked for, in seconds.
func RetryAfter(d time.Duration) zap.Field {
	return zap.Float64("retry_after_s", d.Seconds())
}

// ---- a job

// Job is River's id of a job.
func Job(id int64) zap.Field { return zap.Int64("job_id", id) }

// Attempt is which attempt of a job this is, from 1.
func Attempt(n int) zap.Field { return zap.Int("attempt", n) }

// Generation is the generation that was applied.
func Generation(g int64) zap.Field { return zap.Int64("generation", g) }

// State is where a person or a leaver stands.
func State(s string) zap.Field { return zap.String("state", s) }

// Steps is the verbs of a plan, in order.
func Steps(verbs []string) zap.Field { return zap.Strings("steps", verbs) }

// Priority is the urgency of a job, 1 to 4.
func Priority(p int) zap.Field { return zap.Int("priority", p) }

// ---- the rest

// Reason is a reason in our own words, without personal data.
func Reason(text string) zap.Field { return zap.String("reason", text) }

// Fix is what somebody can do about it.
func Fix(text string) zap.Field { return zap.String("fix", text) }

// Count is how many.
func Count(n int64) zap.Field { return zap.Int64("count", n) }

// Days is a number of days, until a token expires.
func Days(n int) zap.Field { return zap.Int("days", n) }

// Address is an address that this process listens on or connects to.
func Address(a string) zap.Field { return zap.String("address", a) }

// File is the path of a file that the admin named.
func File(path string) zap.Field { return zap.String("file", path) }

// Setting is the key of a setting.
func Setting(key string) zap.Field { return zap.String("setting", key) }

// Version is this program's version.
func Version(v string) zap.Field { return zap.String("version", v) }

// Panic is what a panic said.
func Panic(value any) zap.Field { return zap.Any("panic", value) }

// Err is why it failed. The errors of flex and store are safe to log.
func Err(err error) zap.Field { return zap.NamedError("cause", err) }

// Detail is what Twilio or an IdP said; it may name a person: debug only.
func Detail(text string) zap.Field { return zap.String("detail", text) }
