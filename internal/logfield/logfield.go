package logfield

import (
	"time"

	"go.uber.org/zap"
)

// ---- who and what

// Connection is the name that the admin gave to a connection.
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

// Leaver is the id of a leaver record.
func Leaver(id string) zap.Field { return zap.String("leaver_id", id) }

// Replica is the name of one of several processes on one database.
func Replica(name string) zap.Field { return zap.String("replica", name) }

// ---- a request

// Request is the reference id of a SCIM request, which its response shows.
func Request(id string) zap.Field { return zap.String("request_id", id) }

// Method is the HTTP method.
func Method(m string) zap.Field { return zap.String("method", m) }

// Route is the pattern that matched, never the path, which the client chooses.
func Route(pattern string) zap.Field { return zap.String("route", pattern) }

// Resource is the kind of resource: Users, Groups, ….
func Resource(kind string) zap.Field { return zap.String("resource", kind) }

// Status is the HTTP status of a response, ours or Twilio's.
func Status(code int) zap.Field { return zap.Int("status", code) }

// Bytes is the size of a response's body.
func Bytes(n int64) zap.Field { return zap.Int64("bytes", n) }

// Duration is a duration in milliseconds.
func Duration(d time.Duration) zap.Field {
	return zap.Float64("duration_ms", float64(d.Microseconds())/1000)
}

// ---- Twilio

// Op is our name for a call to Twilio, such as "update worker".
func Op(name string) zap.Field { return zap.String("op", name) }

// TwilioRequest is Twilio-Request-Id, for Twilio's support.
func TwilioRequest(id string) zap.Field { return zap.String("twilio_request_id", id) }

// TwilioCode is Twilio's error code, see https://www.twilio.com/docs/api/errors.
func TwilioCode(code int) zap.Field { return zap.Int("twilio_code", code) }

// Kind is the kind of a failure of Twilio, a flex.Kind.
func Kind(k string) zap.Field { return zap.String("kind", k) }

// RetryAfter is how long a response asks to wait, in seconds.
func RetryAfter(d time.Duration) zap.Field {
	return zap.Float64("retry_after_s", d.Seconds())
}

// ---- a job

// Job is River's id of a job.
func Job(id int64) zap.Field { return zap.Int64("job_id", id) }

// Attempt is the number of a job's attempt, from 1.
func Attempt(n int) zap.Field { return zap.Int("attempt", n) }

// Generation is the generation that was applied.
func Generation(g int64) zap.Field { return zap.Int64("generation", g) }

// State is the state of a person or a leaver.
func State(s string) zap.Field { return zap.String("state", s) }

// Steps are the verbs of a plan, in order.
func Steps(verbs []string) zap.Field { return zap.Strings("steps", verbs) }

// Priority is the urgency of a job, 1 to 4.
func Priority(p int) zap.Field { return zap.Int("priority", p) }

// ---- the rest

// Reason is a reason in our words, without personal data.
func Reason(text string) zap.Field { return zap.String("reason", text) }

// Fix is what the admin can do about a problem.
func Fix(text string) zap.Field { return zap.String("fix", text) }

// Count is a number of things that the message names.
func Count(n int64) zap.Field { return zap.Int64("count", n) }

// Days is the number of days until a token expires.
func Days(n int) zap.Field { return zap.Int("days", n) }

// Address is an address that this process listens on or connects to.
func Address(a string) zap.Field { return zap.String("address", a) }

// File is the path of a file that the admin named.
func File(path string) zap.Field { return zap.String("file", path) }

// Setting is the key of a setting.
func Setting(key string) zap.Field { return zap.String("setting", key) }

// Version is this program's version.
func Version(v string) zap.Field { return zap.String("version", v) }

// Panic is the value of a panic.
func Panic(value any) zap.Field { return zap.Any("panic", value) }

// Err is the error of what failed. Errors of flex and store have no personal data.
func Err(err error) zap.Field { return zap.NamedError("cause", err) }

// Detail is a text from Twilio or an IdP; it may name a person: debug only.
func Detail(text string) zap.Field { return zap.String("detail", text) }
