package main

import (
	"bytes"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store/storetest"
)

// watcher is a proxy in front of the simulated Flex. It records each call that runs
// at the same time as another call for the same Worker.
type watcher struct {
	to http.Handler

	mu       sync.Mutex
	under    map[string]int // :: SID or FriendlyName of a Worker → number of running calls
	overlaps []string
}

// startWatcher starts a watcher in front of flexURL, and returns the watcher and
// its URL.
func startWatcher(t *testing.T, flexURL string) (*watcher, string) {
	t.Helper()
	target, err := url.Parse(flexURL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorLog = log.New(io.Discard, "", 0) // no log, because a killed replica aborts its calls
	w := &watcher{to: proxy, under: map[string]int{}}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	return w, server.URL
}

var workerPath = regexp.MustCompile(`/Workers/(WK[0-9a-f]{32})`)

// subject returns the SID or FriendlyName of the Worker that a call reads or
// changes, or "" if the call has none.
func subject(r *http.Request) string {
	if m := workerPath.FindStringSubmatch(r.URL.Path); m != nil {
		return m[1]
	}
	if r.Method != http.MethodPost {
		return r.URL.Query().Get("FriendlyName")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return ""
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return ""
	}
	return form.Get("FriendlyName")
}

// ServeHTTP forwards a call after a short delay, so that concurrent calls for a
// Worker are likely to overlap.
func (w *watcher) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	who := subject(r)
	w.count(who, 1, r)
	defer w.count(who, -1, r)
	pause(5 * time.Millisecond)
	w.to.ServeHTTP(rw, r)
}

func (w *watcher) count(who string, n int, r *http.Request) {
	if who == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.under[who] += n; w.under[who] > 1 {
		w.overlaps = append(w.overlaps, r.Method+" "+r.URL.Path)
	}
}

// TestReplicas runs two replicas on one database. One IdP sends writes to both, and
// the test kills a random replica several times and restarts it. It checks that no
// acknowledged write is lost, that no Worker is created twice, and that there are
// never two concurrent calls for one person.
func TestReplicas(t *testing.T) {
	t.Parallel()
	flexURL := startSimulator(t)
	watch, watched := startWatcher(t, flexURL)
	database := storetest.PostgresURL(t)
	replicas := []*victim{newVictim(t, database, watched), newVictim(t, database, watched)}
	for _, v := range replicas {
		v.start()
	}
	idp := newKillIdP(t, replicas...)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	stop := idp.startWriting(seed)
	const kills, writes = 6, 30
	for range kills {
		idp.awaitWrites(writes)
		v := replicas[r.IntN(len(replicas))]
		v.kill()
		idp.awaitWrites(writes) // by the remaining replica
		v.start()
	}
	stop()
	replicas[0].kill() // immediately after the last write; the other replica takes over its jobs
	idp.wantAcknowledged(kills * 2 * writes)
	idp.awaitFlex(flexURL)
	watch.mu.Lock()
	defer watch.mu.Unlock()
	if len(watch.overlaps) > 0 {
		t.Errorf("%d calls overlapped with another call for the same Worker; the first was %s", len(watch.overlaps), watch.overlaps[0])
	}
}
