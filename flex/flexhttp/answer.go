package flexhttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/flexscim/flexscim/flex"
)

// worker is a Worker in Twilio's JSON; only what we use.
// Source: https://www.twilio.com/docs/taskrouter/api/worker
type worker struct {
	SID          string  `json:"sid"`
	FriendlyName string  `json:"friendly_name"`
	Attributes   *string `json:"attributes"` // null in some lists
	ActivitySID  string  `json:"activity_sid"`
	ActivityName string  `json:"activity_name"`
	Available    bool    `json:"available"`
}

func (w worker) word() flex.Worker {
	out := flex.Worker{
		SID: flex.WorkerSID(w.SID), FriendlyName: w.FriendlyName,
		ActivitySID: flex.ActivitySID(w.ActivitySID), ActivityName: w.ActivityName, Available: w.Available,
	}
	if w.Attributes != nil {
		out.Attributes = *w.Attributes
	}
	return out
}

// decode reads the answer into v.
func (c *call) decode(v any) error {
	if err := json.Unmarshal(c.answer.body, v); err != nil {
		return c.meaningless("is not the JSON that Twilio documents")
	}
	return nil
}

// meaningless is a 2xx that does not say what happened. The text is ours: the
// answer may name a person.
func (c *call) meaningless(what string) error {
	return c.fail(c.lost(true), errors.New("the answer "+what))
}

// worker reads an answer that is one Worker.
func (c *call) worker() (flex.Worker, error) {
	var w worker
	if err := c.decode(&w); err != nil {
		return flex.Worker{}, err
	}
	if !flex.IsSID(w.SID, "WK") || w.FriendlyName == "" {
		return flex.Worker{}, c.meaningless("is not a Worker")
	}
	out := w.word()
	out.ETag = c.answer.header.Get("ETag")
	return out, nil
}

// ignored is a 2xx that did not bring about what we asked for. It is Uncertain:
// the caller observes before it acts again.
func (c *call) ignored(what string) error {
	return c.fail(flex.Uncertain, errors.New("the answer does not show the new "+what))
}

// sid refuses what is no SID: the generated methods put it into the path as it
// is.
func (c *call) sid(s, prefix string) error {
	if flex.IsSID(s, prefix) {
		return nil
	}
	return c.fail(flex.Refused, fmt.Errorf("not a SID of kind %s", prefix))
}

// sameName compares names as Twilio does, without regard to case.
// Source: https://www.twilio.com/docs/taskrouter/api/worker
func sameName(a, b string) bool { return strings.EqualFold(a, b) }

// fits refuses what Twilio would cut or refuse, with a reason for people.
func (c *call) fits(name, attributes string) error {
	if n := utf8.RuneCountInString(name); n > flex.MaxFriendlyName {
		return c.fail(flex.Refused, fmt.Errorf("the FriendlyName has %d characters, Twilio takes %d", n, flex.MaxFriendlyName))
	}
	if n := utf8.RuneCountInString(attributes); n > flex.MaxAttributes {
		return c.fail(flex.Refused, fmt.Errorf("the attributes have %d characters, Twilio takes %d", n, flex.MaxAttributes))
	}
	return nil
}
