package scimhttp_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimhttp/budget"
)

// junk returns a user's document with this number of JSON values, nearly all of them
// empty objects in an attribute that no schema has.
func junk(values int) string {
	const others = 3 // the document, the userName and the list
	return `{"userName":"junk","junk":[{}` + strings.Repeat(",{}", values-others-1) + `]}`
}

// TestManyValues checks the limit on the JSON values of a body: 250,000, and more if
// the limit on its bytes is large.
func TestManyValues(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		maxBody int64
		values  int
		status  int
	}{
		{0, 250_000, 201},
		{0, 4 << 20 / 16, 201},
		{0, 4<<20/16 + 1, 413},
		{1 << 20, 250_000, 201},
		{1 << 20, 250_001, 413},
		{8 << 20, 8 << 20 / 16, 201},
		{8 << 20, 8<<20/16 + 1, 413},
	} {
		w := createUser(t.Context(), newHandler(t, scimhttp.Config{MaxBody: row.maxBody}), junk(row.values))
		if w.Code != row.status || w.Code == http.StatusRequestEntityTooLarge && !strings.Contains(w.Body.String(), "JSON values") {
			t.Errorf("%d values, limits.body %d: got %d %s, want %d", row.values, row.maxBody, w.Code, w.Body, row.status)
		}
	}
}

// TestMemoryForBodies checks that a request waits for the memory of its body until
// its time limit, and that every request returns the memory.
func TestMemoryForBodies(t *testing.T) {
	t.Parallel()
	const whole = 2 // in a budget of this size, each body needs all bytes that a connection may use
	for name, config := range map[string]func(*budget.Share) scimhttp.Config{
		"for bodies that are being read": func(s *budget.Share) scimhttp.Config { return scimhttp.Config{Reading: s} },
		"for decoded bodies":             func(s *budget.Share) scimhttp.Config { return scimhttp.Config{Decoding: s} },
	} {
		share := budget.New(whole).Share()
		h := newHandler(t, config(share))
		for _, row := range []struct {
			body   string
			status int
		}{
			{`{"userName":"ann"}`, 201}, {`{"userName":"ann"}`, 409}, {`{"userName":`, 400}, {``, 400}, {`{}`, 400},
			{`{"userName":"big","junk":"` + strings.Repeat("x", 300_000) + `"}`, 201},
			{junk(300_000), 413}, {strings.Repeat(" ", 5<<20), 413}, {`{"userName":"bob"}`, 201},
		} {
			if got := createUser(t.Context(), h, row.body).Code; got != row.status {
				t.Fatalf("memory %s: %.30s: got %d, want %d", name, row.body, got, row.status)
			}
		}
		give, err := share.Take(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		w := createUser(ctx, h, `{"userName":"cid"}`)
		cancel()
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "limits.bodies") || w.Header().Get("Retry-After") == "" {
			t.Errorf("memory %s: got %d %s, want 503 with Retry-After", name, w.Code, w.Body)
		}
		give()
		if got := createUser(t.Context(), h, `{"userName":"cid"}`).Code; got != http.StatusCreated {
			t.Errorf("memory %s: after the wait: got %d, want 201", name, got)
		}
	}
}

// createUser creates a user with a body of unknown length.
func createUser(ctx context.Context, h http.Handler, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/Users", struct{ io.Reader }{strings.NewReader(body)})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
