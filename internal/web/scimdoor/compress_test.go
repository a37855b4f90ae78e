package scimdoor_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/store"
)

func packed(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// echo returns a handler that responds with the request's body or, if reading the
// body fails, with the error.
func echo(store.Connection) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if _, cut := errors.AsType[*http.MaxBytesError](err); cut {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		if err != nil || strings.Contains(r.Header.Get("Content-Encoding"), "gzip") {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprint(w, err)
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	})
}

// ask calls a handler with a request that has this body, without a network.
func ask(t *testing.T, h http.Handler, method, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, "/scim/v2/Users", strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPackedRequests(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(c *config) { c.SCIM, c.Body, c.transport.Body = echo, 2000, 2000 })
	h, long := d.config.handler(), strings.Repeat("a", 2000)
	for _, row := range []struct {
		name, coding, body string
		want               int
	}{
		{"not compressed", "", "hello", 200},
		{"identity", "identity", "hello", 200},
		{"gzip", "gzip", packed(t, "hello"), 200},
		{"in any letter case", "X-GZip", packed(t, "hello"), 200},
		{"exactly at the limit", "gzip", packed(t, long), 200},
		{"one byte above the limit, uncompressed", "gzip", packed(t, long+"a"), 413},
		{"a gzip bomb", "gzip", packed(t, strings.Repeat(long, 900)), 413},
		{"two gzip streams in one body", "gzip", packed(t, long) + packed(t, long), 413},
		{"truncated", "gzip", packed(t, long)[:20], 400},
		{"truncated in the header", "gzip", packed(t, long)[:5], 400},
		{"truncated in the trailer", "gzip", packed(t, long)[:len(packed(t, long))-3], 400},
		{"damaged", "gzip", packed(t, long)[:14] + "\xff\xff\xff" + packed(t, long)[17:], 400},
		{"not gzip", "gzip", "hello", 400},
		{"nothing", "gzip", "", 400},
		{"brotli", "br", "hello", 415},
		{"deflate", "deflate", "hello", 415},
		{"twice", "gzip, gzip", packed(t, packed(t, "hello")), 415},
	} {
		w := ask(t, h, http.MethodPost, row.body, "Authorization", "Bearer "+d.okta, "Content-Encoding", row.coding)
		if w.Code != row.want {
			t.Errorf("%s: got %d %s, want %d", row.name, w.Code, w.Body, row.want)
		}
		if text := w.Body.String(); row.want == 200 && text != "hello" && text != long {
			t.Errorf("%s: got %.20q, want the plain body", row.name, text)
		}
		if row.want == 400 && !strings.Contains(w.Body.String(), "Content-Encoding says gzip") {
			t.Errorf("%s: got %s, want the reason", row.name, w.Body)
		}
		if row.want == 415 && (w.Header().Get("Accept-Encoding") != "gzip" || !strings.Contains(w.Body.String(), `"status":"415"`)) {
			t.Errorf("%s: got %v %s, want a SCIM error that names gzip", row.name, w.Header(), w.Body)
		}
	}
	if w := ask(t, h, http.MethodPost, "hello", "Content-Encoding", "br"); w.Code != http.StatusUnauthorized {
		t.Errorf("without a token: got %d, want 401 before the body is decompressed", w.Code)
	}
}

func TestPackedAnswers(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(c *config) { c.SCIM = echo })
	h, long := d.config.handler(), strings.Repeat("a", 1025)
	for _, row := range []struct {
		accept, body string
		want         bool
	}{
		{"gzip", long, true},
		{"gzip", long[1:], false}, // 1 KiB
		{"gzip", "", false},
		{"br, GZIP;q=0.5", long, true},
		{"x-gzip", long, true},
		{"*", long, true},
		{"*;q=0", long, false},
		{"*, gzip;q=0", long, false},
		{"gzip;q=0, *", long, false},
		{"gzip; q=much", long, false},
		{"br, deflate", long, false},
		{"identity", long, false},
		{"", long, false},
	} {
		for range 2 { // the second time, the packer is reused
			w := ask(t, h, http.MethodPost, row.body, "Authorization", "Bearer "+d.okta, "Accept-Encoding", row.accept)
			text := w.Body.String()
			if got := w.Header().Get("Content-Encoding") == "gzip"; got != row.want || w.Header().Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s, %d bytes: compressed: got %v, header %v", row.accept, len(row.body), got, w.Header())
			}
			if row.want {
				plain, err := gzip.NewReader(w.Body)
				if err != nil {
					t.Fatal(err)
				}
				all, err := io.ReadAll(plain)
				if err != nil || w.Header().Get("Content-Length") != "" {
					t.Errorf("%s: got %v, Content-Length %q", row.accept, err, w.Header().Get("Content-Length"))
				}
				text = string(all)
			}
			if text != row.body {
				t.Errorf("%s: got %.20q, want the body", row.accept, text)
			}
		}
	}
	if w := ask(t, h, http.MethodHead, long, "Authorization", "Bearer "+d.okta, "Accept-Encoding", "gzip"); w.Header().Get("Content-Length") != "1025" {
		t.Errorf("HEAD: got %v, want the length of the uncompressed response", w.Header())
	}
}
