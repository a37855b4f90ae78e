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

// watcher stands before the simulated Flex and counts calls that are under way
// for one Worker at the same time.
type watcher struct {
	to http.Handler

	mu       sync.Mutex
	under    map[string]int // :: Worker, or name of one to be made → calls under way
	overlaps []string
}

// startWatcher is an address before flexURL.
func startWatcher(t *testing.T, flexURL string) (*watcher, string) {
	t.Helper()
	target, err := url.Parse(flexURL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorLog = log.New(io.Discard, "", 0) // who is killed breaks its calls off
	w := &watcher{to: proxy, under: map[string]int{}}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	return w, server.URL
}

var workerPath = regexp.MustCompile(`/Workers/(WK[0-9a-f]{32})`)

// subject is whom a call is for, "" for nobody in particular.
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

// ServeHTTP passes a call on after a moment, in which another would meet it.
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

// TestReplicas: two replicas serve one IdP from one database, and now one, now
// the other is killed. No acknowledged write is lost, no Worker is made twice,
// and no two calls are ever under way for one person.
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
		idp.awaitWrites(writes) // by the one that is left
		v.start()
	}
	stop()
	replicas[0].kill() // right after the last write; the other takes over what it ran
	idp.wantAcknowledged(kills * 2 * writes)
	idp.awaitFlex(flexURL)
	watch.mu.Lock()
	defer watch.mu.Unlock()
	if len(watch.overlaps) > 0 {
		t.Errorf("%d calls met another one for the same Worker, the first: %s", len(watch.overlaps), watch.overlaps[0])
	}
}
