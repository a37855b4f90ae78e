package queue_test

import (
	"context"
	"math/rand/v2"
	"net"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// During many runs, TestConnectionTrouble breaks connections to PostgreSQL before
// random responses of the server. It checks that every job runs again within seconds
// after the trouble. This includes jobs that the database marked as running, but
// whose rows the process never got.
func TestConnectionTrouble(t *testing.T) {
	t.Parallel()
	direct := storetest.URL(t, store.PostgreSQL)
	s := open(t, direct)
	between := newFlaky(t, direct)
	broken := storetest.OpenConfig(t, store.Config{URL: between.url})
	g := newTarget(broken)
	g.act = func(context.Context, store.Person) (reconcile.Outcome, error) {
		<-time.After(time.Millisecond) // Twilio's response time
		return settled, nil
	}
	start(t, queue.Config{Store: broken, Reconciler: g, Replica: "a"})
	keys := join(t, s, "user", 1000)
	between.trouble.Store(true)
	for round := range 20 {
		for i := range 50 {
			touch(t, s, keys[(50*round+i)%len(keys)], store.Changing)
		}
		want := between.broken.Load() + 10
		await(t, "broken connections", patience, func() bool { return between.broken.Load() >= want })
	}
	between.trouble.Store(false)
	inFlex(t, s, g, keys)
	await(t, "end of all jobs", patience, func() bool {
		var n int
		if err := s.DB().QueryRowContext(t.Context(), `SELECT count(*) FROM river_job WHERE state = 'running'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n == 0
	})
	if g.overlap != 0 {
		t.Errorf("got %d overlapping runs, want none", g.overlap)
	}
}

// flaky is a proxy in front of PostgreSQL's Unix socket. During trouble it breaks one
// in ten connections before it forwards a response.
type flaky struct {
	url     string
	to      string
	trouble atomic.Bool
	broken  atomic.Int64
}

func newFlaky(t *testing.T, database string) *flaky {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	const socket = ".s.PGSQL.5432"
	folder := t.TempDir()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", filepath.Join(folder, socket))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	query := u.Query()
	f := &flaky{to: filepath.Join(query.Get("host"), socket)}
	query.Set("host", folder)
	u.RawQuery = query.Encode()
	f.url = u.String()
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go f.forward(t.Context(), client)
		}
	}()
	return f
}

func (f *flaky) forward(ctx context.Context, client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := (&net.Dialer{}).DialContext(ctx, "unix", f.to)
	if err != nil {
		return
	}
	go func() {
		defer func() { _ = server.Close() }()
		_ = pipe(server, client, func() bool { return false })
	}()
	defer func() { _ = server.Close() }()
	_ = pipe(client, server, func() bool {
		if !f.trouble.Load() || rand.N(10) > 0 {
			return false
		}
		f.broken.Add(1)
		return true
	})
}

// pipe copies data until there is an error, or until the function ends returns
// true.
func pipe(to, from net.Conn, ends func() bool) error {
	data := make([]byte, 64<<10)
	for {
		n, err := from.Read(data)
		if err != nil || ends() {
			return err
		}
		if _, err := to.Write(data[:n]); err != nil {
			return err
		}
	}
}
