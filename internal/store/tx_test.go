package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

var errBad = errors.New("bad")

// TestWriteIsolation checks that, if one of several writes that share a commit
// fails, the other writes succeed.
func TestWriteIsolation(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		addUser(t, s, named("taken"))
		kinds := []struct {
			name  string
			after func(tx *store.Tx) error // what the write does after its insert
			check func(error) bool
		}{
			{"good", func(*store.Tx) error { return nil }, func(err error) bool { return err == nil }},
			{"failing", func(*store.Tx) error { return errBad }, func(err error) bool { return errors.Is(err, errBad) }},
			{"panicking", func(*store.Tx) error { panic("oops") }, func(err error) bool { return err != nil && strings.Contains(err.Error(), "oops") }},
			{"taken", func(tx *store.Tx) error {
				return tx.InsertUser(ctx, acme, newUser(t, named("TAKEN")), joining)
			}, isTaken},
			{"continuing after an error", func(tx *store.Tx) error {
				_ = tx.InsertUser(ctx, acme, newUser(t, named("TAKEN")), joining)
				return nil
			}, isTaken},
		}
		var group sync.WaitGroup
		const rounds = 20
		ids := map[string][]scim.ID{} // :: name of a kind of write → ids of the users that it inserts
		for i := range rounds {
			for _, kind := range kinds {
				u := newUser(t, named(fmt.Sprint(kind.name, i)))
				ids[kind.name] = append(ids[kind.name], u.ID)
				group.Go(func() {
					err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
						if err := tx.InsertUser(ctx, acme, u, joining); err != nil {
							return err
						}
						return kind.after(tx)
					})
					if !kind.check(err) {
						t.Errorf("%s: %v", kind.name, err)
					}
				})
			}
		}
		group.Wait()
		for kind, users := range ids {
			for _, id := range users {
				_, err := s.User(ctx, acme, id)
				if stands := err == nil; stands != (kind == "good") {
					t.Errorf("%s: stored %v (%v)", kind, stands, err)
				}
			}
		}
	})
}

func isTaken(err error) bool {
	_, ok := errors.AsType[*store.TakenError](err)
	return ok
}

func isUnavailable(err error) bool {
	_, ok := errors.AsType[*store.UnavailableError](err)
	return ok
}

// hold starts a write that runs until the test calls the returned function release.
func hold(t *testing.T, s *store.Store) (release func()) {
	t.Helper()
	inside, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	begin := sync.OnceFunc(func() { close(inside) }) // a write may run twice
	go func() {
		done <- s.Write(context.Background(), store.AnyKey, func(*store.Tx) error {
			begin()
			<-end
			return nil
		})
	}()
	<-inside
	return func() {
		close(end)
		if err := <-done; err != nil {
			t.Errorf("the held write: %v", err)
		}
	}
}

// TestCancelledBeforeItStarts checks that a write does not run if its caller's
// context was cancelled while the write waited.
func TestCancelledBeforeItStarts(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t)
	release := hold(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	u := newUser(t, named("ann"))
	answer := make(chan error, 1)
	go func() {
		answer <- s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.InsertUser(ctx, acme, u, joining) })
	}()
	cancel()
	if err := <-answer; !isUnavailable(err) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want an UnavailableError that is context.Canceled", err)
	}
	release()
	write(t, s, func(*store.Tx) error { return nil }) // runs after all waiting writes
	if _, err := s.User(t.Context(), acme, u.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the write of a caller that had left: %v, want ErrNotFound", err)
	}
}

// TestCancelledAsItStarts cancels the contexts of callers while their writes start.
// It checks that each caller gets either the result of its write or the error of
// its context.
func TestCancelledAsItStarts(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t)
	const rounds, callers = 50, 40
	for range rounds {
		release := hold(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		answers := make(chan error, callers)
		var sent sync.WaitGroup
		for range callers {
			sent.Add(1)
			go func() {
				sent.Done()
				answers <- s.Write(ctx, store.AnyKey, func(*store.Tx) error { return nil })
			}()
		}
		sent.Wait()
		cancel()
		release()
		for range callers {
			select {
			case err := <-answers:
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, want nil or an error that is context.Canceled", err)
				}
			case <-time.After(time.Minute):
				t.Fatal("a caller gets no result")
			}
		}
	}
}

// TestCancelledInside checks that other writes succeed if a caller's context is
// cancelled while its write runs.
func TestCancelledInside(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		var group sync.WaitGroup
		for i := range 50 {
			u := newUser(t, named(fmt.Sprint("stays", i)))
			group.Go(func() {
				if err := s.Write(t.Context(), store.AnyKey, func(tx *store.Tx) error { return tx.InsertUser(t.Context(), acme, u, joining) }); err != nil {
					t.Errorf("a bystander: %v", err)
				}
			})
			gone := newUser(t, named(fmt.Sprint("goes", i)))
			group.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
					if err := tx.InsertUser(ctx, acme, gone, joining); err != nil {
						return err
					}
					cancel()
					return tx.Touch(ctx, keyOf(gone.ID), changing)
				})
				if err != nil && !isUnavailable(err) {
					t.Errorf("the caller that leaves: %v, want nil or an UnavailableError", err)
				}
			})
		}
		group.Wait()
	})
}

// TestLockedByAnother checks that a write that waits for a lock of another process does
// not delay other writes, and succeeds in the end.
func TestLockedByAnother(t *testing.T) {
	t.Parallel()
	s, ctx := storetest.OpenConfig(t, store.Config{URL: storetest.URL(t, store.PostgreSQL)}), t.Context()
	u := addUser(t, s, named("ann"))
	theirs, err := s.DB().BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`set local idle_in_transaction_session_timeout = 0`, `select 1 from scim_user where user_id = '` + string(u.ID) + `' for update`,
	} {
		if _, err := theirs.ExecContext(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	waits := make(chan error, 1)
	go func() {
		waits <- s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return grow(ctx, tx, u.ID) })
	}()
	for i := range 50 { // some of these writes share a commit with the waiting write
		addUser(t, s, named(fmt.Sprint("bystander", i)))
	}
	select {
	case err := <-waits:
		t.Fatalf("the write did not wait for the lock of another process: %v", err)
	default:
	}
	if err := theirs.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-waits; err != nil {
		t.Error(err)
	}
}

// TestFrozenInTransaction checks that PostgreSQL soon frees the rows that a process
// has locked in a transaction if the process is frozen and sends no next statement.
func TestFrozenInTransaction(t *testing.T) {
	t.Parallel()
	url, ctx := storetest.URL(t, store.PostgreSQL), t.Context()
	frozen, s := storetest.OpenConfig(t, store.Config{URL: url}), storetest.OpenConfig(t, store.Config{URL: url})
	u := addUser(t, s, named("ann"))
	theirs, err := frozen.DB().BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = theirs.Rollback() }()
	if _, err := theirs.ExecContext(ctx, `select 1 from scim_user where user_id = $1 for update`, u.ID); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return grow(ctx, tx, u.ID) }); err != nil {
		t.Errorf("the write waits for the frozen process: %v", err)
	}
}

// TestCrossing checks that concurrent writes with different keys succeed even if they
// lock the same rows in opposite orders.
func TestCrossing(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		const people, rounds = 6, 5
		ids := make([]scim.ID, people)
		for i := range ids {
			ids[i] = addUser(t, s, named(fmt.Sprint("p", i))).ID
		}
		var all sync.WaitGroup
		for range rounds {
			for _, one := range ids {
				for _, other := range ids {
					if one == other {
						continue
					}
					all.Go(func() {
						err := s.Write(t.Context(), store.KeyOf(acme, one), func(tx *store.Tx) error {
							return errors.Join(tx.Touch(t.Context(), keyOf(one), changing), tx.Touch(t.Context(), keyOf(other), changing))
						})
						if err != nil {
							t.Error(err)
						}
					})
				}
			}
		}
		all.Wait()
		for _, id := range ids {
			if got, want := person(t, s, id).Desired, int64(1+2*rounds*(people-1)); got != want {
				t.Errorf("desired generation %d, want %d", got, want)
			}
		}
	})
}

func TestClosed(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		u := newUser(t, named("ann"))
		started, answer := make(chan struct{}), make(chan error, 1)
		go func() {
			answer <- s.Write(context.Background(), store.AnyKey, func(tx *store.Tx) error {
				close(started)
				return tx.InsertUser(context.Background(), acme, u, joining)
			})
		}()
		<-started
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-answer; err != nil {
			t.Errorf("a write that was accepted before Close: %v", err)
		}
		if err := s.Write(t.Context(), store.AnyKey, func(*store.Tx) error { return nil }); !isUnavailable(err) {
			t.Errorf("a write after Close: %v, want an UnavailableError", err)
		}
		if _, err := s.User(t.Context(), acme, u.ID); !isUnavailable(err) {
			t.Errorf("a read after Close: %v, want an UnavailableError", err)
		}
		if err := s.Ping(t.Context()); !isUnavailable(err) {
			t.Errorf("Ping after Close: %v, want an UnavailableError", err)
		}
	})
}

// TestDiskFull checks that, if SQLite's file cannot grow, all writes of the commit
// fail completely, and that later writes succeed when there is room again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	s, ctx := storetest.Open(t), t.Context()
	addUser(t, s, named("first"))
	limitPages(t, s, 1) // SQLite sets the limit to the current number of pages, so the file cannot grow
	begun, end := make(chan struct{}), make(chan struct{})
	begin := sync.OnceFunc(func() { close(begun) }) // a write may run twice
	var group sync.WaitGroup
	group.Go(func() { // keeps the commit open until the other writes wait
		err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
			begin()
			<-end
			return tx.InsertUser(ctx, acme, newUser(t, named("before")), joining)
		})
		if err != nil && !isUnavailable(err) {
			t.Errorf("before: %v, want nil or an UnavailableError", err)
		}
	})
	<-begun
	var stand atomic.Int32
	for i := range 10 {
		u := newUser(t, fmt.Sprintf(`{"userName":"big%d","nickName":"%s"}`, i, strings.Repeat("x", 1<<20)))
		group.Go(func() {
			err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.InsertUser(ctx, acme, u, joining) })
			if err == nil {
				stand.Add(1) // the write was in a later commit: SQLite's limit ends when the connection is closed
			} else if !isUnavailable(err) {
				t.Errorf("disk full: %v, want an UnavailableError", err)
			}
		})
	}
	close(end)
	group.Wait()
	if stand.Load() == 10 {
		t.Error("no write failed although the disk is full")
	}
	addUser(t, s, named("later"))
	page, err := s.Users(ctx, acme, scim.Query{Filter: scim.Compare{Attr: "userName", Op: scim.Eq, Value: "later"}, Count: 10})
	if err != nil || page.Total != 1 {
		t.Errorf("after the disk was full: %v, %d users; want 1", err, page.Total)
	}
	if page, err = s.Users(ctx, acme, scim.Query{}); err != nil || page.Total < int(stand.Load())+2 || page.Total > int(stand.Load())+3 {
		t.Errorf("%d users are stored, %v; %d were acknowledged", page.Total, err, stand.Load()+2)
	}
}

// limitPages sets the maximum number of pages of a SQLite file.
func limitPages(t *testing.T, s *store.Store, pages int) {
	t.Helper()
	var now int64
	if err := s.DB().QueryRowContext(t.Context(), fmt.Sprint("pragma max_page_count = ", pages)).Scan(&now); err != nil {
		t.Fatal(err)
	}
}

// TestOnTouch checks that the function passed to OnTouch gets exactly the touches
// of committed writes.
func TestOnTouch(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		heard := make(chan []store.Touch, 100)
		s.OnTouch(func(touches []store.Touch) { heard <- touches })
		next := func() []store.Touch {
			select {
			case touches := <-heard:
				return touches
			case <-time.After(10 * time.Second):
				t.Fatal("the hook was not called")
			}
			return nil
		}
		bad := newUser(t, named("bad"))
		if err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
			return errors.Join(tx.InsertUser(ctx, acme, bad, joining), errBad)
		}); !errors.Is(err, errBad) {
			t.Fatal(err)
		}
		u := addUser(t, s, named("ann"))
		if got, want := next(), []store.Touch{{Key: keyOf(u.ID), Urgency: store.Joining}}; !slices.Equal(got, want) {
			t.Errorf("after an insert: got %v, want %v", got, want)
		}
		write(t, s, func(tx *store.Tx) error { return tx.Touch(ctx, keyOf(u.ID), leaving) })
		write(t, s, func(tx *store.Tx) error { return tx.Touch(ctx, keyOf(u.ID), sweeping) })
		next()
		if got, want := next(), []store.Touch{{Key: keyOf(u.ID), Urgency: store.Leaving}}; !slices.Equal(got, want) {
			t.Errorf("after a sweep of a leaver: got %v, want %v", got, want)
		}
		write(t, s, func(tx *store.Tx) error {
			for i := range 1200 {
				if err := tx.InsertUser(ctx, acme, newUser(t, named(fmt.Sprint("u", i))), joining); err != nil {
					return err
				}
			}
			return nil
		})
		if got := len(next()); got != 1000 {
			t.Errorf("after 1,200 inserts the hook gets %d touches, want 1,000", got)
		}
	})
}

func TestTxNow(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.FixedZone("", 3600))
	s := storetest.OpenConfig(t, store.Config{URL: storetest.URL(t, store.SQLite), Clock: func() time.Time { return now }})
	write(t, s, func(tx *store.Tx) error {
		if want := time.Date(2026, 1, 2, 2, 4, 5, 123456000, time.UTC); tx.Now() != want {
			t.Errorf("got %v, want %v", tx.Now(), want)
		}
		return nil
	})
}
