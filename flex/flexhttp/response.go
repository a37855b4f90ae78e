package flexhttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/flexscim/flexscim/flex"
)

// worker is a Worker in Twilio's JSON, with the fields that we use.
// Source: https://www.twilio.com/docs/taskrouter/api/worker
type worker struct {
	SID          string `json:"sid"`
	FriendlyName string `json:"friendly_name"`
	Attributes   object `json:"attributes"` // null in some lists
	ActivitySID  string `json:"activity_sid"`
	ActivityName string `json:"activity_name"`
	Available    flag   `json:"available"`
	Updated      string `json:"date_updated"`
}

// toWorker converts w. Twilio's field "available" can be some seconds older than
// the Activity, so a Worker in the offline Activity counts as not available,
// whatever the field says.
func (w worker) toWorker(offline flex.ActivitySID) flex.Worker {
	activity := flex.ActivitySID(w.ActivitySID)
	return flex.Worker{
		SID: flex.WorkerSID(w.SID), FriendlyName: w.FriendlyName, Attributes: string(w.Attributes),
		ActivitySID: activity, ActivityName: w.ActivityName,
		Available: bool(w.Available) && (offline == "" || activity != offline),
	}
}

// decode reads the response.
func decode[T any](c *call) (v T, err error) {
	if json.Unmarshal(c.response.body, &v) != nil {
		err = c.invalidResponse("is not the JSON that Twilio documents")
	}
	return v, err
}

// invalidResponse returns the error for a 2xx response that cannot be interpreted.
// The error does not quote the response, which may name a person.
func (c *call) invalidResponse(what string) error {
	return c.fail(c.lostKind(true), errors.New("the response "+what))
}

// worker decodes the response, which must be the Worker with the SID sid. If sid is
// "", any Worker is accepted.
func (c *call) worker(sid flex.WorkerSID) (flex.Worker, error) {
	w, err := decode[worker](c)
	if err != nil {
		return flex.Worker{}, err
	}
	if !flex.IsSID(w.SID, "WK") || w.FriendlyName == "" {
		return flex.Worker{}, c.invalidResponse("is not a Worker")
	}
	if sid != "" && sid != flex.WorkerSID(w.SID) {
		return flex.Worker{}, c.invalidResponse("is another Worker")
	}
	out := w.toWorker(c.ws.Offline)
	out.ETag = c.response.header.Get("ETag")
	return out, nil
}

// notApplied returns the error for a 2xx response that does not contain the
// requested change. The Kind of the error is Uncertain, so that the caller reads
// the Worker before it acts again.
func (c *call) notApplied(what string) error {
	return c.fail(flex.Uncertain, errors.New("the response does not show the new "+what))
}

// pathSID returns sid for a generated method, which puts it into the path
// unescaped. If sid is not a SID, SendRequest refuses the call. Some callers need
// only this check and ignore the result.
func pathSID[S ~string](c *call, sid S, prefix string) string {
	if !flex.IsSID(string(sid), prefix) {
		c.refuse(fmt.Errorf("not a SID of kind %s", prefix))
		return ""
	}
	return string(sid)
}

// sameName compares names as Twilio does, ignoring case.
// Source: https://www.twilio.com/docs/taskrouter/api/worker
func sameName(a, b string) bool { return strings.EqualFold(a, b) }

// checkLengths refuses the call if Twilio would truncate or refuse the name or the
// attributes.
func (c *call) checkLengths(name, attributes string) {
	if n := utf8.RuneCountInString(name); n > flex.MaxFriendlyName {
		c.refuse(fmt.Errorf("the FriendlyName has %d characters, Twilio takes %d", n, flex.MaxFriendlyName))
	}
	if n := utf8.RuneCountInString(attributes); n > flex.MaxAttributes {
		c.refuse(fmt.Errorf("the attributes have %d characters, Twilio takes %d", n, flex.MaxAttributes))
	}
}
