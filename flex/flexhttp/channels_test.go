package flexhttp_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/flex"
)

// channelJSON returns a Worker Channel in Twilio's JSON.
func channelJSON(n int, name string, capacity int, available bool, more string) string {
	return fmt.Sprintf(`{"sid":%q,"task_channel_unique_name":%q,"configured_capacity":%d,"available":%t%s}`, sid("WC", n), name, capacity, available, more)
}

func channelSID(n int) flex.ChannelSID { return flex.ChannelSID(sid("WC", n)) }

// TestChannels checks that Channels reads all pages. It also checks that Channels
// reads a channel whose assigned_tasks is missing or null, and values that come as
// texts.
func TestChannels(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1) + "/Channels"
	s, c := play(t, map[string]http.HandlerFunc{"GET " + one: inTurn(
		reply(200, `{"channels":[`+channelJSON(1, "voice", 1, true, `,"assigned_tasks":1,"date_created":"Tue, 24 Nov 2026 19:00:00 +0000"`)+`],
			"meta":{"next_page_url":"https://taskrouter.twilio.com`+one+`?PageToken=1"}}`),
		reply(200, `{"channels":[`+channelJSON(2, "chat", 5, false, "")+`,`+channelJSON(3, "sms", 2, false, `,"assigned_tasks":null`)+`,
			{"sid":"`+sid("WC", 4)+`","task_channel_unique_name":"email","configured_capacity":"3","available":"true","assigned_tasks":"2"}],"meta":{"next_page_url":null}}`),
		refuse(404, 20404, "x"),
	)})
	got, err := c.TaskRouter(ws).Channels(t.Context(), workerSID(1))
	want := []flex.Channel{
		{SID: channelSID(1), Name: "voice", Capacity: 1, Available: true, Assigned: 1},
		{SID: channelSID(2), Name: "chat", Capacity: 5},
		{SID: channelSID(3), Name: "sms", Capacity: 2},
		{SID: channelSID(4), Name: "email", Capacity: 3, Available: true, Assigned: 2},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" || len(s.requests()) != 2 {
		t.Errorf("got %v, %v (-want +got):\n%s", err, s.requests(), diff)
	}
	if _, err := c.TaskRouter(ws).Channels(t.Context(), workerSID(1)); !errors.Is(err, flex.Gone) {
		t.Errorf("got %v, want Gone", err)
	}
}

// TestSetChannel checks that SetChannel sends capacity and availability, and does
// not trust a response that shows other values.
func TestSetChannel(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1) + "/Channels/" + sid("WC", 2)
	s, c := play(t, map[string]http.HandlerFunc{"POST " + one: inTurn(
		reply(200, channelJSON(2, "chat", 0, false, "")),
		reply(200, channelJSON(2, "chat", 1, false, "")),
		reply(200, channelJSON(2, "chat", 0, true, "")),
		reply(200, channelJSON(3, "chat", 0, false, "")),
		refuse(404, 20404, "x"),
	)})
	for i, want := range []error{nil, flex.Uncertain, flex.Uncertain, flex.Uncertain, flex.Gone} {
		if err := c.TaskRouter(ws).SetChannel(t.Context(), workerSID(1), flex.Channel{SID: channelSID(2), Name: "chat"}); !errors.Is(err, want) {
			t.Errorf("response %d: got %v, want %v", i, err, want)
		}
		if form := s.last().Form.Encode(); form != "Available=false&Capacity=0" {
			t.Errorf("got the form %q", form)
		}
	}
}
