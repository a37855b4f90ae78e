package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// TestTraces checks that spans of a request and of the run after it are sent to a
// trace collector, and that they contain neither the person's names nor the token.
func TestTraces(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var sent bytes.Buffer
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("the collector got %s %s (error: %v)", r.Method, r.URL, err)
		}
		mu.Lock()
		defer mu.Unlock()
		sent.Write(body)
	}))
	defer collector.Close()
	flexURL := startSimulator(t)
	control(t, flexURL, "POST", "/_sim/faults", `{"kind":"500","method":"POST","path":"Workers","times":2}`)
	v := newVictim(t, sqliteURL(t), flexURL, "--otlp", collector.URL)
	v.start()
	idp := newKillIdP(t, v)
	idp.create(0, "Ann Secret")
	await(t, "complete trace at the collector", func() error {
		mu.Lock()
		defer mu.Unlock()
		for _, want := range []string{"scim POST", "reconcile", "settled", "down"} {
			if !bytes.Contains(sent.Bytes(), []byte(want)) {
				return errors.New("the trace has no " + want)
			}
		}
		return nil
	})
	v.terminate()
	mu.Lock()
	defer mu.Unlock()
	for _, secret := range []string{"Secret", killUserName(0), killToken} {
		if bytes.Contains(sent.Bytes(), []byte(secret)) {
			t.Errorf("the trace contains %q", secret)
		}
	}
}
