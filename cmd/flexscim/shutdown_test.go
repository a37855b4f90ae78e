package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store/storetest"
)

// TestTerminate sends SIGTERM to flexscim while an IdP sends writes and calls to
// Twilio are in progress. It checks that flexscim ends within ten seconds with exit
// code 0, and that no acknowledged write is lost.
func TestTerminate(t *testing.T) {
	t.Parallel()
	for engine, database := range map[string]func(testing.TB) string{"sqlite": sqliteURL, "postgres": storetest.PostgresURL} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			flexURL := startSimulator(t)
			control(t, flexURL, "POST", "/_sim/faults", `{"kind":"latency","latency_ms":100,"path":"Workers"}`)
			v := newVictim(t, database(t), flexURL)
			v.start()
			idp := newKillIdP(t, v)
			stop := idp.startWriting(uint64(time.Now().UnixNano()))
			const rounds, writes = 4, 60
			for range rounds {
				idp.awaitWrites(writes)
				v.terminate()
				v.start()
			}
			stop()
			v.terminate() // terminate it once more, immediately after the last acknowledged write
			v.start()
			idp.wantAcknowledged(rounds * writes)
			idp.awaitFlex(flexURL)
		})
	}
}

// TestTerminateWhileTwilioHangs checks that a call to which Twilio never responds
// does not delay the shutdown, and that the call is repeated after the next start.
func TestTerminateWhileTwilioHangs(t *testing.T) {
	t.Parallel()
	flexURL := startSimulator(t)
	v := newVictim(t, "sqlite:"+filepath.Join(t.TempDir(), "hang.db"), flexURL, "--shutdown-grace", "2s", "--flex-timeout", "1m")
	v.start()
	idp := newKillIdP(t, v)
	control(t, flexURL, "POST", "/_sim/faults", `{"kind":"timeout","method":"POST","path":"Workers"}`)
	idp.create(0, "Ann")
	idp.people[0] = killPerson{id: "known", name: "Ann", active: true}
	await(t, "hanging call", func() error {
		asked, err := listRequests(flexURL)
		for _, r := range asked {
			if r.Method == http.MethodPost {
				return nil
			}
		}
		return fmt.Errorf("no POST among %d requests (error: %w)", len(asked), err)
	})
	v.terminate()
	control(t, flexURL, "DELETE", "/_sim/faults", "")
	v.start()
	idp.awaitFlex(flexURL)
}

// TestSlowClients checks that the server disconnects a client that does not finish
// its request in time, and that it still serves other clients.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	v := newVictim(t, "sqlite:"+filepath.Join(t.TempDir(), "slow.db"), startSimulator(t), "--limits-request-time", "1s")
	v.start()
	head := "POST /scim/v2/Users HTTP/1.1\r\nHost: " + v.address + "\r\nAuthorization: Bearer " + killToken + "\r\nContent-Type: application/scim+json\r\n"
	for name, sent := range map[string]string{
		"nothing at all":        "",
		"half a line":           "POST /scim/v2/Us",
		"headers without end":   head,
		"body without end":      head + "Content-Length: 1000\r\n\r\n" + `{"userName":"slow@example.com"`,
		"chunks without end":    head + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"use\r\n",
		"half a second request": "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTT",
		"body without a token":  strings.Replace(head, killToken, "fscim_nobody", 1) + "Content-Length: 1000\r\n\r\n{",
		"a header without end":  "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", v.address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, sent); err != nil {
				t.Fatal(err)
			}
			if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(conn) // returns when the server disconnects
			if err != nil && !strings.Contains(err.Error(), "reset") {
				t.Errorf("got %v, want the connection to be closed", err)
			}
			if bytes.Contains(answer, []byte(" 201 ")) {
				t.Errorf("got %q for half a request", answer)
			}
		})
	}
	idp := &killIdP{t: t, bases: []string{"http://" + v.address + "/scim/v2"}}
	if status, answer := idp.call("GET", "/Users", nil); status != http.StatusOK || !bytes.Contains(answer, []byte(`"totalResults":0`)) {
		t.Errorf("another client: got %d %s, want an empty list", status, answer)
	}
}

// await repeats the function check until it returns nil.
func await(t *testing.T, what string, check func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); pause(20 * time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	t.Fatalf("no %s within a minute: %v", what, err)
}
