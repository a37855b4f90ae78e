package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// TestReadyzDisk checks that /readyz reports the database as unavailable if the disk
// is full. The queue of the tested site does not run, so the status is 503 even if
// the disk is not full.
func TestReadyzDisk(t *testing.T) {
	t.Parallel()
	for free, want := range map[uint64]string{store.DiskFull: `"database":"ok"`, store.DiskFull - 1: `"database":"unavailable"`} {
		s := newTestSite(t, zap.NewNop())
		s.store = storetest.OpenConfig(t, store.Config{
			URL: storetest.URL(t, store.SQLite), Disk: func(string) (store.Disk, error) { return store.Disk{Free: free, Total: 1 << 30}, nil },
		})
		w := httptest.NewRecorder()
		s.handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d bytes free: got %d %s, want %s", free, w.Code, w.Body, want)
		}
	}
}
