package scimhttp_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/turns"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimtest"
)

// TestBulkWork checks that the limit on the work of one PATCH applies to all
// operations of a Bulk together. The operations above the limit must get 413, and
// the error must say that the Bulk is too large. Each operation alone is below the
// limit.
func TestBulkWork(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	var emails, ops []string
	for i := range 500 {
		emails = append(emails, fmt.Sprintf(`{"value":"a%d@example.com","type":"work"}`, i))
	}
	for i := range 300 {
		ops = append(ops, fmt.Sprintf(`{"op":"replace","path":"emails[type eq \"work\"].display","value":"%d"}`, i))
	}
	var patches []string
	for i := range 4 {
		id := s.must(201, "POST", "/Users", fmt.Sprintf(`{"userName":"u%d","emails":[%s]}`, i, strings.Join(emails, ","))).at("id")
		patches = append(patches, fmt.Sprintf(`{"method":"PATCH","path":"/Users/%s","data":{"Operations":[%s]}}`, id, strings.Join(ops, ",")))
	}
	s.must(200, "POST", "/Bulk", bulk("", patches[0]))
	a := s.must(200, "POST", "/Bulk", bulk("", patches...))
	done, refused := 0, 0
	for i := range patches {
		switch detail := fmt.Sprint(a.at("Operations", i, "response", "detail")); fmt.Sprint(a.at("Operations", i, "status")) {
		case "200":
			done++
		case "413":
			if refused++; !strings.Contains(detail, "this bulk request") {
				t.Errorf("got %q, want an error that names the bulk request", detail)
			}
		}
	}
	if done == 0 || refused < 2 || done+refused != len(patches) {
		t.Errorf("got %d operations done and %d refused, want at least 1 done and 2 refused", done, refused)
	}
}

// held is a directory in which each create waits until the channel `end` is closed.
type held struct {
	scim.Directory

	began chan struct{} // receives a value when a create begins
	end   chan struct{} // closed: the creates end
}

func (d held) CreateUser(ctx context.Context, u scim.User) (scim.User, error) {
	d.began <- struct{}{}
	<-d.end
	return d.Directory.CreateUser(ctx, u)
}

// TestBulksWait checks that a connection has at most two bulk requests in progress,
// that a third bulk request waits until its context ends, and that other requests
// do not wait.
func TestBulksWait(t *testing.T) {
	t.Parallel()
	d := held{Directory: scimtest.NewDirectory(), began: make(chan struct{}), end: make(chan struct{})}
	h := newHandler(t, scimhttp.Config{Directory: d})
	send := func(ctx context.Context, name string) int {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/Bulk", strings.NewReader(bulk("", post("/Users", "a", `{"userName":"`+name+`"}`))))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	statuses := make(chan int, 2)
	for _, name := range []string{"a", "b"} {
		go func() { statuses <- send(t.Context(), name) }()
		<-d.began
	}
	ctx, cancel := context.WithTimeout(t.Context(), 1)
	defer cancel()
	if got := send(ctx, "c"); got != http.StatusServiceUnavailable {
		t.Errorf("the third Bulk: got %d, want 503 when its time is over", got)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/Users", http.NoBody))
	if w.Code != http.StatusOK {
		t.Errorf("GET: got %d, want 200", w.Code)
	}
	close(d.end)
	for range 2 {
		if got := <-statuses; got != http.StatusOK {
			t.Errorf("got %d, want 200", got)
		}
	}
}

// gated is a directory in which each list of users waits for its turn. Its method
// Groups checks that this turn has not ended yet.
type gated struct {
	scim.Directory

	t    *testing.T
	gate *turns.Gate
}

func (d gated) Users(ctx context.Context, q scim.Query) (scim.Page[scim.User], error) {
	leave, err := d.gate.EnterKept(ctx, "okta")
	if err != nil {
		return scim.Page[scim.User]{}, err
	}
	defer leave()
	return d.Directory.Users(ctx, q)
}

func (d gated) Groups(ctx context.Context, q scim.Query) (scim.Page[scim.Group], error) {
	short, cancel := context.WithTimeout(d.t.Context(), 1)
	defer cancel()
	if _, err := d.gate.Enter(short, "entra"); err == nil {
		d.t.Error("the turn of the list ended before its response")
	}
	return d.Directory.Groups(ctx, q)
}

// TestListInOneTurn checks that the turn of a list lasts until its response is
// written, and not longer.
func TestListInOneTurn(t *testing.T) {
	t.Parallel()
	d := gated{Directory: scimtest.NewDirectory(), t: t, gate: turns.NewGate(1, 1)}
	open(t, scimhttp.Config{Directory: d}).must(200, "GET", "/", "")
	leave, err := d.gate.Enter(t.Context(), "entra")
	if err != nil {
		t.Fatal(err)
	}
	leave()
}
