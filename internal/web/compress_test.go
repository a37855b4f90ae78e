package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/web"
)

// BenchmarkCompression compresses a page of 26 KB.
func BenchmarkCompression(b *testing.B) {
	page := strings.Repeat(`{"id":"agrcz2tsj7h4zsxuc3m6odmuve","userName":"ann@example.com"}`, 400)
	h := web.Compression{}.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		_, _ = io.WriteString(w, page)
	}))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}
