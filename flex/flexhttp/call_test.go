package flexhttp_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexhttp"
	"github.com/flexscim/flexscim/internal/secret"
)

func TestEveryNameArrives(t *testing.T) {
	t.Parallel()
	names := []string{"john.123@example.com", "j.2doe@mail.365.com", "jörg.müller@exämple.de", "李雷@例子.cn", "😀.5@x.com",
		"a+b@x.com", "50%25@x.com", "o'brien \"x\"@x.com", "a&b=c;d#e?f/g@x.com", "\u202eabc@x.com", " a ", "n > 1.5"}
	for c := rune(' '); c <= '~'; c++ {
		names = append(names, "x"+string(c)+".9"+string(c)+"@x.1.com")
	}
	s, c := play(t, map[string]http.HandlerFunc{"GET " + workers: func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Query().Get("FriendlyName")
		reply(200, `{"workers":[`+workerJSON(1, name, "{}")+`],"meta":{"next_page_url":null}}`)(w, r)
	}, "POST " + workers: func(w http.ResponseWriter, r *http.Request) {
		reply(500, "")(w, r)
	}})
	for _, name := range names {
		found, err := c.TaskRouter(ws).Find(t.Context(), name)
		if err != nil || len(found) != 1 || found[0].FriendlyName != name {
			t.Errorf("find %q: got %v, %v, want this Worker", name, found, err)
		}
		if got := s.last().Query.Get("FriendlyName"); got != name {
			t.Errorf("query: got %q, want %q", got, name)
		}
		_, _ = c.TaskRouter(ws).Create(t.Context(), flex.Draft{FriendlyName: name})
		if got := s.last().Form.Get("FriendlyName"); got != name {
			t.Errorf("form: got %q, want %q", got, name)
		}
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	answers := map[string]http.HandlerFunc{"GET " + workers + "/" + sid("WK", 1): reply(200, workerJSON(1, "a", "{}"))}
	s := &script{t: t, answers: answers}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	withKey := config(server.URL)
	withKey.APIKey, withKey.APISecret = sid("SK", 1), secret.New("hush")
	withKey.Region, withKey.Edge = "ie1", "dublin" // Region and Edge have no effect if there is a base URL
	for want, cfg := range map[string]flexhttp.Config{
		sid("AC", 1) + ":token": config(server.URL),
		sid("SK", 1) + ":hush":  withKey,
	} {
		if _, err := newClient(t, cfg).TaskRouter(ws).Get(t.Context(), workerSID(1)); err != nil {
			t.Fatal(err)
		}
		user, password, _ := (&http.Request{Header: s.last().Header}).BasicAuth()
		if got := user + ":" + password; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestNewNamesEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := flexhttp.New(flexhttp.Config{AccountSID: "AC1", APIKey: "SK1", BaseURL: "ftp://x", Timeout: -1})
	for _, want := range []string{"account SID", "API key", "base URL", "must not be negative"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	cfg := config("http://user:pass@127.0.0.1/path")
	if _, err := flexhttp.New(cfg); err == nil {
		t.Error("a base URL with credentials: got no error")
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	s, c := play(t, map[string]http.HandlerFunc{
		"GET " + workers + "/" + sid("WK", 1):  hang,
		"POST " + workers + "/" + sid("WK", 1): hang,
	})
	for _, row := range []struct {
		name string
		do   func(context.Context) error
		want flex.Kind
	}{
		{"a read", func(ctx context.Context) error { _, err := c.TaskRouter(ws).Get(ctx, workerSID(1)); return err }, flex.Down},
		{"a write", func(ctx context.Context) error {
			_, err := c.TaskRouter(ws).StopRouting(ctx, flex.Worker{SID: workerSID(1)})
			return err
		}, flex.Uncertain},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		err := row.do(ctx)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || flex.KindOf(err) != row.want {
			t.Errorf("%s with a deadline: got %v, want %s and DeadlineExceeded", row.name, err, row.want)
		}
		ctx, cancel = context.WithCancel(t.Context())
		cancel()
		if err := row.do(ctx); !errors.Is(err, context.Canceled) || flex.KindOf(err) != flex.Down {
			t.Errorf("%s, canceled before: got %v, want Down and Canceled", row.name, err)
		}
	}
	if got := len(s.requests()); got != 2 {
		t.Errorf("got %d requests, want 2, because a canceled call is never sent", got)
	}
	if got := c.Limiter(); got.InFlight != 0 || got.Waiting != 0 {
		t.Errorf("got %+v, want every slot free", got)
	}
}

func TestErrorResponsesKeepTheConnection(t *testing.T) {
	t.Parallel()
	long := `{"code":20404,"message":"` + strings.Repeat("x", 300_000) + `"}`
	server := httptest.NewUnstartedServer(reply(404, long))
	var connections atomic.Int32
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	c := newClient(t, config(server.URL))
	for range 50 {
		if _, err := c.TaskRouter(ws).Get(t.Context(), workerSID(1)); !errors.Is(err, flex.Gone) {
			t.Fatalf("got %v, want Gone", err)
		}
	}
	if got := connections.Load(); got != 1 {
		t.Errorf("got %d connections, want 1", got)
	}
}

func TestParallelCallsDoNotMix(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		reply(200, `{"sid":"`+id+`","friendly_name":"n-`+id+`","attributes":"{}"}`, "ETag: "+id)(w, r)
	}))
	t.Cleanup(server.Close)
	var calls atomic.Int32
	cfg := config(server.URL)
	cfg.OnCall = func(info flexhttp.CallInfo) {
		if info.Op == "fetch worker" && info.Status == 200 && info.Kind == "" && info.Duration > 0 {
			calls.Add(1)
		}
	}
	c := newClient(t, cfg)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			w, err := c.TaskRouter(ws).Get(t.Context(), workerSID(i))
			if err != nil || w.SID != workerSID(i) || w.ETag != string(w.SID) || w.FriendlyName != "n-"+string(w.SID) {
				t.Errorf("got %+v, %v, want Worker %d", w, err, i)
			}
		})
	}
	wg.Wait()
	if got := calls.Load(); got != 200 {
		t.Errorf("got %d calls reported, want 200", got)
	}
	if at, op, kind := c.LastCall(); at.IsZero() || op != "fetch worker" || kind != "" {
		t.Errorf("last response: got %v, %q, %q, want fetch worker", at, op, kind)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	foreign := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the credentials went to a foreign host")
	}))
	t.Cleanup(foreign.Close)
	_, c := play(t, map[string]http.HandlerFunc{
		"GET " + workers + "/" + sid("WK", 1): reply(302, "", "Location: "+foreign.URL),
	})
	if _, err := c.TaskRouter(ws).Get(t.Context(), workerSID(1)); !errors.Is(err, flex.Down) {
		t.Errorf("got %v, want Down", err)
	}
}

// TestNoGoroutineStays does not run in parallel, because it counts the goroutines of
// the process.
func TestNoGoroutineStays(t *testing.T) {
	server := httptest.NewServer(reply(404, `{"code":20404}`))
	before := runtime.NumGoroutine()
	cfg := config(server.URL)
	cfg.Rate = 1000
	c := newClient(t, cfg)
	for range 20 {
		_, _ = c.TaskRouter(ws).Find(t.Context(), "a")
		for range c.TaskRouter(ws).Workers(t.Context()) {
			break
		}
	}
	c.CloseIdleConnections()
	server.Close()
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			t.Fatalf("got %d goroutines, want %d", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}

// TestFence checks that a call which changes something is not sent if the fence
// refuses the call, and that the fence is asked after the wait for the limiter.
func TestFence(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	one := workers + "/" + sid("WK", 1)
	s, c := play(t, map[string]http.HandlerFunc{"GET " + one: func(w http.ResponseWriter, r *http.Request) {
		<-hold
		reply(200, workerJSON(1, "a", "{}"))(w, r)
	}})
	errLate := errors.New("too late")
	var late atomic.Bool
	ctx := flex.WithFence(t.Context(), func() error {
		if late.Load() {
			return errLate
		}
		return nil
	})
	tr, have := c.TaskRouter(ws), flex.Worker{SID: workerSID(1)}
	refused := make(chan error)
	var read sync.WaitGroup
	for range flexhttp.DefaultConcurrency {
		read.Go(func() {
			if _, err := tr.Get(ctx, workerSID(1)); err != nil {
				t.Error(err)
			}
		})
	}
	for c.Limiter().InFlight < flexhttp.DefaultConcurrency {
		runtime.Gosched()
	}
	for name, call := range map[string]func() error{
		"create": func() error { _, err := tr.Create(ctx, flex.Draft{FriendlyName: "a"}); return err },
		"update": func() error { _, err := tr.Update(ctx, have, flex.Change{FriendlyName: "b"}); return err },
		"stop":   func() error { _, err := tr.StopRouting(ctx, have); return err },
		"delete": func() error { return tr.Delete(ctx, have) },
	} {
		go func() {
			err := call()
			if !errors.Is(err, errLate) || flex.KindOf(err) != flex.Down {
				t.Errorf("%s: got %v, want the fence's error", name, err)
			}
			refused <- err
		}()
	}
	for c.Limiter().Waiting < 4 {
		runtime.Gosched()
	}
	late.Store(true)
	close(hold)
	for range 4 {
		<-refused
	}
	read.Wait()
	for _, got := range s.requests() {
		if got != "GET "+one {
			t.Errorf("sent %s, want no write", got)
		}
	}
	if state := c.Limiter(); state.InFlight != 0 {
		t.Errorf("the limiter counts %d calls, want 0", state.InFlight)
	}
}
