package reconcile_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// TestRejoin removes a person's Worker, and lets the person or a similar one join. It
// checks that only the person, and a new user with the same externalId, get the
// skills and the channels of the old Worker.
func TestRejoin(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		leave func(r *rig, ann store.PersonKey)
		join  func(r *rig, ann store.PersonKey) store.PersonKey
		gets  bool
	}{
		"reactivated": {gets: true,
			leave: func(r *rig, ann store.PersonKey) { r.set(ann, `{'active':false}`) },
			join:  func(r *rig, ann store.PersonKey) store.PersonKey { r.set(ann, `{'active':true}`); return ann }},
		"reactivated and renamed": {gets: true,
			leave: func(r *rig, ann store.PersonKey) { r.set(ann, `{'active':false}`) },
			join: func(r *rig, ann store.PersonKey) store.PersonKey {
				r.set(ann, `{'active':true,'userName':'anna'}`)
				return ann
			}},
		"created again": {gets: true, leave: (*rig).drop,
			join: func(r *rig, _ store.PersonKey) store.PersonKey {
				return r.join(`{'userName':'ann','externalId':'1',` + profile)
			}},
		"created again with another name": {gets: true, leave: (*rig).drop,
			join: func(r *rig, _ store.PersonKey) store.PersonKey {
				return r.join(`{'userName':'anna','externalId':'1',` + profile)
			}},
		"somebody else with the name": {leave: (*rig).drop,
			join: func(r *rig, _ store.PersonKey) store.PersonKey {
				return r.join(`{'userName':'ann','externalId':'2',` + profile)
			}},
		"somebody with the name and no externalId": {leave: (*rig).drop,
			join: func(r *rig, _ store.PersonKey) store.PersonKey { return r.join(`{'userName':'ann',` + profile) }},
		"the externalId is added later": {leave: (*rig).drop,
			join: func(r *rig, _ store.PersonKey) store.PersonKey {
				key := r.join(`{'userName':'ann',` + profile)
				r.run(key, store.Settled)
				r.set(key, `{'externalId':'1'}`)
				return key
			}},
	} {
		for _, flexUsers := range []bool{false, true} {
			t.Run(subtest(name, "", flexUsers), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, setup{FlexUsers: flexUsers})
				ann := r.skilled()
				c.leave(r, ann)
				r.run(ann, store.Settled)
				key := c.join(r, ann)
				for range 2 { // the second time the new user leaves and comes back
					r.run(key, store.Settled)
					r.wantSkilled(key, c.gets)
					if m := r.person(key).Memory; m != nil && m.Channels != nil {
						t.Errorf("got the memory %+v, want no channels once the Worker has them", m)
					}
					r.set(key, `{'active':false}`)
					r.run(key, store.Settled)
					r.set(key, `{'active':true}`)
				}
			})
		}
	}
}

// TestRejoinFails checks that a rejoiner gets the channels of the old Worker even if
// a call fails, or if the process is killed.
func TestRejoinFails(t *testing.T) {
	t.Parallel()
	back := func(r *rig, ann store.PersonKey) {
		r.set(ann, `{'active':false}`)
		r.run(ann, store.Settled)
		r.set(ann, `{'active':true}`)
	}
	for name, fail := range map[string]func(r *rig, ann store.PersonKey){
		"the list": func(r *rig, ann store.PersonKey) { back(r, ann); r.fault("GET", "Channels", "503", 1) },
		"the write": func(r *rig, ann store.PersonKey) {
			back(r, ann)
			r.fault("POST", "Channels", "503", 1)
		},
		"the write, and the person leaves again": func(r *rig, ann store.PersonKey) {
			back(r, ann)
			r.fault("POST", "Channels", "503", 1)
			if _, err := r.rec.Reconcile(t.Context(), ann, nil); err == nil {
				t.Fatal("got no error")
			}
			r.clock.add(time.Hour)
			back(r, ann)
		},
		"the answer to the write": func(r *rig, ann store.PersonKey) {
			back(r, ann)
			r.fault("POST", "Channels", "lost-answer", 2)
		},
		"a write without effect": func(r *rig, ann store.PersonKey) {
			back(r, ann)
			r.fault("POST", "Channels", "ok-no-effect", 1)
		},
		"the answer to the create": func(r *rig, ann store.PersonKey) {
			back(r, ann)
			r.fault("POST", "Workers", "lost-answer", 1)
		},
		"the answer to the deletion": func(r *rig, ann store.PersonKey) {
			r.fault("DELETE", "Workers", "lost-answer", 1)
			back(r, ann)
		},
		"a kill after the deletion": func(r *rig, ann store.PersonKey) {
			r.set(ann, `{'active':false}`)
			saves := 0
			_, err := r.rec.Reconcile(t.Context(), ann, func(*store.Tx, bool) error {
				if saves++; saves > 1 { // the first save is before the deletion
					return reconcile.ErrLost
				}
				return nil
			})
			if err == nil || len(r.workers()) != 0 {
				t.Fatalf("got %v, %v, want the Worker deleted and nothing saved", err, r.workers())
			}
			r.clock.add(time.Minute)
			r.set(ann, `{'active':true}`)
		},
		"reads behind writes": func(r *rig, ann store.PersonKey) {
			back(r, ann)
			r.sim("POST", "/_sim/options", map[string]any{"fetch_lag": 10, "list_lag": 30})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, setup{SimClock: true})
			ann := r.skilled()
			fail(r, ann)
			r.settles(ann)
			r.clock.add(time.Minute)
			r.wantSkilled(ann, true)
		})
	}
}

// TestRejoinAdopted checks that a rejoiner's channels are restored on a Worker that a
// login made and flexscim adopts.
func TestRejoinAdopted(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Adopt: true})
	ann := r.skilled()
	r.set(ann, `{'active':false}`)
	r.run(ann, store.Settled)
	r.sim("POST", "/_sim/login", map[string]any{"username": "ann", "email": "a@x.org", "full_name": "Ann", "roles": []string{"agent"}})
	r.set(ann, `{'active':true}`)
	r.run(ann, store.Settled)
	if c := r.channels("ann"); c["chat"].Capacity != 5 || c["voice"].Available {
		t.Errorf("got the channels %v, want those of the old Worker", c)
	}
}

// TestCapacityOfTheReturned checks that a person who returns before the deletion
// keeps the channels that a supervisor changed meanwhile.
func TestCapacityOfTheReturned(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Drain: time.Hour})
	ann := r.skilled()
	r.task(r.worker("ann"), "accepted", false)
	r.set(ann, `{'active':false}`)
	r.run(ann, store.Waiting)
	r.setChannel("ann", "chat", url.Values{"Capacity": {"7"}})
	r.set(ann, `{'active':true}`)
	r.calls(ann, store.Settled, 1)
	if got := r.channels("ann")["chat"].Capacity; got != 7 {
		t.Errorf("got the capacity %d, want 7", got)
	}
}

// profile is the end of a user's JSON, with the attributes that the back end
// flex-users needs.
const profile = `'displayName':'Ann','emails':[{'value':'a@x.org'}]}`

var skills = map[string]any{"skills": []any{"billing"}, "levels": map[string]any{"billing": 4.0}}

// skilled adds a person whose Worker has skills and changed channels.
func (r *rig) skilled() store.PersonKey {
	r.Helper()
	ann := r.join(`{'userName':'ann','externalId':'1',` + profile)
	r.run(ann, store.Settled)
	w := r.worker("ann")
	r.edit(w, url.Values{"Attributes": {strings.Replace(w.Attributes, "{", `{"routing":{"skills":["billing"],"levels":{"billing":4}},"contact_uri":"client:a",`, 1)}})
	r.setChannel("ann", "chat", url.Values{"Capacity": {"5"}})
	r.setChannel("ann", "voice", url.Values{"Available": {"false"}})
	r.run(ann, store.Settled)
	return ann
}

// wantSkilled checks whether a person's Worker has the skills and the channels that
// the method skilled gave.
func (r *rig) wantSkilled(key store.PersonKey, gets bool) {
	r.Helper()
	name := r.person(key).User.Doc.UserName()
	a, channels := attributes(r.T, r.worker(name)), r.channels(name)
	if want := string(key.Connection) + "/" + string(key.User); a["flexscim"] != want {
		r.Errorf("got the mark %v, want %s", a["flexscim"], want)
	}
	if a["contact_uri"] == "client:a" {
		r.Error("got the old contact_uri, which only Flex sets")
	}
	if cmp.Equal(skills, a["routing"]) != gets {
		r.Errorf("got the skills %v, want those of the old Worker: %t", a["routing"], gets)
	}
	if (channels["chat"].Capacity == 5) != gets || channels["voice"].Available == gets {
		r.Errorf("got the channels %v, want those of the old Worker: %t", channels, gets)
	}
}

// channels returns the channels of a Worker, by their names.
func (r *rig) channels(name string) map[string]flex.Channel {
	r.Helper()
	list, err := r.flex.Channels(r.Context(), r.worker(name).SID)
	if err != nil {
		r.Fatal(err)
	}
	all := map[string]flex.Channel{}
	for _, c := range list {
		all[c.Name] = c
	}
	return all
}

// setChannel changes a Worker's channel without flexscim.
func (r *rig) setChannel(name, channel string, form url.Values) {
	r.Helper()
	path := "/v1/Workspaces/" + string(r.ws.SID) + "/Workers/" + string(r.worker(name).SID) + "/Channels/" + channel
	r.call(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}
