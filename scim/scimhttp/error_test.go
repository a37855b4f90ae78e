package scimhttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
	"github.com/flexscim/flexscim/scim/scimhttp"
)

func escape(s string) string { return url.QueryEscape(s) }

// checkError checks that a response is a SCIM error (RFC 7644 §3.12) whose detail
// is one short line with the reference id (docs/reference/identity-providers.md
// §5.3).
func checkError(t *testing.T, a answer) {
	t.Helper()
	detail, _ := a.at("detail").(string)
	switch {
	case a.at("schemas", 0) != "urn:ietf:params:scim:api:messages:2.0:Error",
		a.at("status") != strconv.Itoa(a.status),
		a.header.Get("Content-Type") != "application/scim+json":
		t.Errorf("got %s %s, want a SCIM error", a.header.Get("Content-Type"), a.text)
	case !strings.HasSuffix(detail, "(ref "+ref+")"), utf8.RuneCountInString(detail) > 300, strings.ContainsAny(detail, "\n\r"):
		t.Errorf("got detail %q, want one line of at most 300 characters with the reference", detail)
	}
}

// unavailable is a directory that returns errUnavailable, as if its database were
// unavailable.
type unavailable struct{ scim.Directory }

var errUnavailable = errors.New("dial tcp db-1:5432: password=hunter2")

func (unavailable) User(context.Context, scim.ID) (scim.User, error) {
	return scim.User{}, errUnavailable
}
func (unavailable) Users(context.Context, scim.Query) (scim.Page[scim.User], error) {
	return scim.Page[scim.User]{}, errUnavailable
}
func (unavailable) CreateUser(context.Context, scim.User) (scim.User, error) {
	return scim.User{}, errUnavailable
}
func (unavailable) DeleteUser(context.Context, scim.ID, scim.Condition) error { return errUnavailable }
func (unavailable) PatchGroup(context.Context, scim.ID, []scim.Op, scim.Condition) (scim.Group, error) {
	return scim.Group{}, errUnavailable
}

func TestDirectoryUnavailable(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.DebugLevel)
	s := open(t, scimhttp.Config{Directory: unavailable{}, Log: zap.New(core)})
	id := string(scim.NewID())
	for _, request := range [][3]string{
		{"GET", "/Users/" + id, ""},
		{"GET", "/Users", ""},
		{"POST", "/Users", `{"schemas":["` + urnUser + `"],"userName":"ann@x.io"}`},
		{"DELETE", "/Users/" + id, ""},
		{"PATCH", "/Groups/" + id, `{"Operations":[]}`},
	} {
		a := s.must(503, request[0], request[1], request[2]) // row 54
		checkError(t, a)
		if seconds, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || seconds < 1 {
			t.Errorf("got Retry-After %q, want whole seconds", a.header.Get("Retry-After"))
		}
		if strings.Contains(a.text, "db-1") || strings.Contains(a.text, "hunter2") {
			t.Errorf("the response leaks the error: %s", a.text)
		}
		entries := logs.TakeAll()
		if len(entries) != 1 || entries[0].ContextMap()["request_id"] != ref {
			t.Errorf("got %d log lines %v, want one with the reference", len(entries), entries)
		}
	}
}

// TestBulkUnavailable checks that each operation of a bulk request fails with 503
// if the directory is unavailable, and that the log has one line for all
// operations.
func TestBulkUnavailable(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.DebugLevel)
	s := open(t, scimhttp.Config{Directory: unavailable{}, Log: zap.New(core)})
	var operations []string
	for i := range 20 {
		operations = append(operations, post("/Users", fmt.Sprint(i), fmt.Sprintf(`{"userName":"u%d"}`, i)))
	}
	a := s.must(200, "POST", "/Bulk", bulk("", operations...))
	if want := strings.TrimSpace(strings.Repeat("503 ", 20)); a.statuses() != want || strings.Contains(a.text, "hunter2") {
		t.Errorf("got %s, want %s", a.text, want)
	}
	entries := logs.TakeAll()
	if len(entries) != 1 || entries[0].ContextMap()["request_id"] != ref || entries[0].ContextMap()["count"] != int64(20) {
		t.Errorf("got %d log lines %v, want one with the reference and the number of operations", len(entries), entries)
	}
}

// stubborn is a directory whose method User always returns the same error.
type stubborn struct {
	scim.Directory

	err error
}

func (s stubborn) User(context.Context, scim.ID) (scim.User, error) { return scim.User{}, s.err }

func TestErrorIsOneShortLine(t *testing.T) {
	t.Parallel()
	long := &scim.Error{Status: http.StatusNotFound, Type: refusal.InvalidValue, Detail: "first\nsecond\t" + strings.Repeat("ä😀 ", 300) + "\xff"}
	a := open(t, scimhttp.Config{Directory: stubborn{err: long}}).must(404, "GET", "/Users/"+string(scim.NewID()), "")
	checkError(t, a)
	if a.at("scimType") != "invalidValue" || !strings.HasPrefix(a.at("detail").(string), "first second ä😀") {
		t.Errorf("got %s", a.text)
	}
}

func TestErrorsOfTheLayersBefore(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	scimhttp.WriteError(w, httptest.NewRequest(http.MethodGet, "/", nil), &scim.Error{Status: 401, Detail: "No token."})
	if w.Code != 401 || !strings.Contains(w.Body.String(), `"detail":"No token."`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestNewNeedsADirectory(t *testing.T) {
	t.Parallel()
	if _, err := scimhttp.New(scimhttp.Config{}); err == nil {
		t.Error("got no error without a Directory")
	}
}

// late is a body whose read fails because the deadline is exceeded.
type late struct{}

func (late) Read([]byte) (int, error) { return 0, fmt.Errorf("read tcp: %w", os.ErrDeadlineExceeded) }

func TestSlowBody(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	newHandler(t, scimhttp.Config{}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/Users", io.MultiReader(strings.NewReader(`{"userName":`), late{})))
	if w.Code != http.StatusRequestTimeout || !strings.Contains(w.Body.String(), "(limits.request_time)") {
		t.Errorf("got %d %s, want 408 that names the setting", w.Code, w.Body)
	}
}

// TestOutOfTime checks that a request that exceeds the time limit gets another
// error than a request to an unavailable directory.
func TestOutOfTime(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	w := httptest.NewRecorder()
	slow := stubborn{err: fmt.Errorf("read a user: %w", context.DeadlineExceeded)}
	newHandler(t, scimhttp.Config{Directory: slow}).ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/Users/"+string(scim.NewID()), nil))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "(limits.request_time)") || w.Header().Get("Retry-After") == "" {
		t.Errorf("got %d %v %s, want 503 that names the setting", w.Code, w.Header(), w.Body)
	}
}
