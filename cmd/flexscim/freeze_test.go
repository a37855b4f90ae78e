package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// usualFreezes is the default number of freezes. FLEXSCIM_FREEZES sets another
// number.
const usualFreezes = 10

// TestFreeze stops a replica with SIGSTOP during the removal of a leaver's Worker.
// Meanwhile the leaver comes back. Then the replica continues. TestFreeze checks that
// the person has a Worker in the end, and that the replica sent no DELETE after it
// continued. On SQLite there is only one replica.
func TestFreeze(t *testing.T) {
	t.Parallel()
	for _, ifMatch := range []string{"enforced", "ignored"} {
		t.Run("sqlite/If-Match "+ifMatch, func(t *testing.T) {
			t.Parallel()
			freezeTest(t, "sqlite:"+filepath.Join(t.TempDir(), "freeze.db"), 1, ifMatch)
		})
		t.Run("postgres/If-Match "+ifMatch, func(t *testing.T) {
			t.Parallel()
			freezeTest(t, storetest.PostgresURL(t), 2, ifMatch)
		})
	}
}

func freezeTest(t *testing.T, database string, replicas int, ifMatch string) {
	t.Helper()
	freezes := usualFreezes
	if s := os.Getenv("FLEXSCIM_FREEZES"); s != "" {
		var err error
		if freezes, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	flexURL := startSimulator(t)
	control(t, flexURL, "POST", "/_sim/options", `{"if_match":"`+ifMatch+`"}`)
	trap := newTrap(t, flexURL)
	var victims []*victim
	for range replicas {
		victims = append(victims, trap.newVictim(database))
	}
	idp := newKillIdP(t, victims...)
	idp.people[0] = killPerson{name: "Ann", active: true}
	idp.people[0].id = idp.create(0, "Ann")
	for n := range freezes {
		if idp.awaitFlex(flexURL); t.Failed() {
			t.Fatalf("after %d of %d freezes", n, freezes)
		}
		awaitSettled(t, database, idp.people[0].id) // otherwise the trap may freeze the run that restores the Worker
		place := []freezePlace{afterRead, beforeDelete}[n%2]
		trap.set(place)
		left := make(chan struct{})
		go func() { // the replica may be frozen before it responds
			defer close(left)
			idp.must("PATCH", "/Users/"+idp.people[0].id, patch("replace", "active", false))
		}()
		frozen := trap.wait()
		back := make(chan struct{})
		go func() {
			defer close(back)
			idp.comeBack(victims, frozen)
		}()
		if replicas > 1 {
			awaitClosed(t, back)
			awaitSettled(t, database, idp.people[0].id)
		}
		trap.open(place)
		trap.signal(frozen, syscall.SIGCONT)
		awaitClosed(t, back)
		awaitClosed(t, left)
		awaitReady(t, frozen)
	}
	idp.awaitFlex(flexURL)
	if replicas > 1 {
		trap.wantNoDeletes()
	}
}

// comeBack activates the person through a replica that is not frozen, or through the
// frozen replica if there is no other.
func (i *killIdP) comeBack(victims []*victim, frozen *victim) {
	running := &killIdP{t: i.t}
	for _, v := range victims {
		if v != frozen || len(victims) == 1 {
			running.bases = []string{"http://" + v.address + "/scim/v2"}
		}
	}
	running.must("PATCH", "/Users/"+i.people[0].id, patch("replace", "active", true))
}

// awaitClosed waits until a change of the person was acknowledged.
func awaitClosed(t *testing.T, back <-chan struct{}) {
	t.Helper()
	select {
	case <-back:
	case <-time.After(time.Minute):
		t.Fatal("no replica acknowledged the change within a minute")
	}
}

// awaitSettled waits until the person is in the state Settled and has no outstanding
// change.
func awaitSettled(t *testing.T, database, user string) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{URL: database})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); pause(20 * time.Millisecond) {
		for p, err := range s.People(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if string(p.Key.User) == user && p.Observed == p.Desired && p.State == store.Settled {
				return
			}
		}
	}
	t.Fatal("nobody settled the person within 90 s")
}

// awaitReady waits until a replica is ready.
func awaitReady(t *testing.T, v *victim) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); pause(20 * time.Millisecond) {
		if res, err := killClient.Get("http://" + v.address + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
	}
	t.Error("the replica was not ready within 30 s after it continued")
}

// freezePlace is the place in a removal where a replica is frozen.
type freezePlace string

const (
	afterRead    freezePlace = "between the last read and the DELETE"
	beforeDelete freezePlace = "while the DELETE is on its way to Flex"
)

// trap is a proxy between each replica and the simulated Flex. It freezes the replica
// that reaches the place of the trap first.
type trap struct {
	t       *testing.T
	flexURL *url.URL
	caught  chan *victim

	mu      sync.Mutex
	place   freezePlace   // "" if the trap is not set
	opened  chan struct{} // closed when the DELETE that the trap holds may go on
	arrived chan struct{} // closed when this DELETE was answered
	frozen  *victim       // the replica that was frozen since the trap was set
	deletes int           // number of DELETEs that replicas sent after they continued
}

func newTrap(t *testing.T, flexURL string) *trap {
	t.Helper()
	u, err := url.Parse(flexURL)
	if err != nil {
		t.Fatal(err)
	}
	return &trap{t: t, flexURL: u, caught: make(chan *victim, 1)}
}

// newVictim starts a replica behind a proxy.
func (tr *trap) newVictim(database string) *victim {
	tr.t.Helper()
	proxy := httputil.NewSingleHostReverseProxy(tr.flexURL)
	proxy.ErrorLog = log.New(io.Discard, "", 0) // a frozen replica aborts its calls
	var v *victim
	proxy.ModifyResponse = func(res *http.Response) error {
		r := res.Request
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/Channels") && tr.take(afterRead) {
			tr.freeze(v)
		}
		return nil
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			if tr.take(beforeDelete) {
				tr.mu.Lock()
				opened, arrived := tr.opened, tr.arrived
				tr.mu.Unlock()
				tr.freeze(v)
				select {
				case <-opened:
				case <-tr.t.Context().Done(): // the test has failed
				}
				r = r.WithContext(tr.t.Context()) // the DELETE goes on even if the replica closes the connection
				defer close(arrived)
			} else {
				tr.count(v)
			}
		}
		proxy.ServeHTTP(rw, r)
	}))
	tr.t.Cleanup(server.Close)
	v = newVictim(tr.t, database, server.URL)
	v.start()
	return v
}

// set sets the trap.
func (tr *trap) set(place freezePlace) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.place, tr.opened, tr.arrived, tr.frozen = place, make(chan struct{}), make(chan struct{}), nil
}

// count counts a DELETE of the replica v if v was frozen before. A DELETE of another
// replica is not counted, because that replica may take over and delete the Worker
// before the leaver comes back.
func (tr *trap) count(v *victim) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if v == tr.frozen {
		tr.deletes++
	}
}

// take unsets the trap and returns true if the trap is set at this place.
func (tr *trap) take(place freezePlace) bool {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.place != place {
		return false
	}
	tr.place = ""
	return true
}

// freeze stops the process of a replica.
func (tr *trap) freeze(v *victim) {
	tr.mu.Lock()
	tr.frozen = v
	tr.mu.Unlock()
	tr.signal(v, syscall.SIGSTOP)
	pause(20 * time.Millisecond) // by then the process has stopped
	tr.caught <- v
}

func (tr *trap) signal(v *victim, s syscall.Signal) {
	if err := v.cmd.Process.Signal(s); err != nil {
		tr.t.Errorf("send %s: %v", s, err)
	}
}

// wait waits until a replica is frozen, and returns it.
func (tr *trap) wait() *victim {
	tr.t.Helper()
	select {
	case v := <-tr.caught:
		return v
	case <-time.After(30 * time.Second):
		tr.t.Fatal("no replica came to the trap within 30 s")
		return nil
	}
}

// open lets the DELETE that the trap holds go on, and waits until Flex has answered
// it.
func (tr *trap) open(place freezePlace) {
	tr.mu.Lock()
	close(tr.opened)
	arrived := tr.arrived
	tr.mu.Unlock()
	if place == beforeDelete {
		<-arrived
	}
}

// wantNoDeletes checks that no replica sent a DELETE after it continued. A DELETE that
// was on its way to Flex is not counted.
func (tr *trap) wantNoDeletes() {
	tr.t.Helper()
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.deletes > 0 {
		tr.t.Errorf("got %d DELETEs of replicas that had been frozen, want none", tr.deletes)
	}
}
