package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asFlexscim names an environment variable. If it is set, the test binary runs
// flexscim. So tests can start the real program in its own process without building
// it.
const asFlexscim = "FLEXSCIM_TEST_AS_PROGRAM"

// pause waits for the duration d. Tests call it between two checks of a state.
func pause(d time.Duration) { <-time.After(d) }

// command returns a command that runs the real program with these arguments.
func command(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), asFlexscim+"=1")
	c.Stderr = os.Stderr
	return c
}

// freeAddress returns an unused loopback address.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	address, err := listenable()
	if err != nil {
		tb.Fatal(err)
	}
	return address
}

// startSimulator runs `flexscim simulator` until the end of the test and returns
// its URL.
func startSimulator(tb testing.TB) (base string) {
	tb.Helper()
	address := freeAddress(tb)
	c := command("simulator", "--listen", address)
	if err := c.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	base = "http://" + address
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); pause(10 * time.Millisecond) {
		if res, err := http.Get(base + "/_sim/requests"); err == nil {
			res.Body.Close()
			return base
		}
	}
	tb.Fatal("the simulator did not start within 20 s")
	return ""
}

// victim is a flexscim process that a test can kill or terminate, and start again.
type victim struct {
	t       testing.TB
	address string // of SCIM
	args    []string
	cmd     *exec.Cmd
	exited  chan error // result of Wait
}

// newVictim returns a victim that will run `flexscim sandbox` with this database
// and this simulated Flex. It does not start the process.
func newVictim(tb testing.TB, database, flexURL string, more ...string) *victim {
	tb.Helper()
	v := &victim{t: tb, address: freeAddress(tb)}
	v.args = append([]string{"sandbox", "--json", "--fixed-token", killToken, "--flex-url", flexURL,
		"--database-url", database, "--listen", v.address, "--leavers-drain", "0s"}, more...)
	tb.Cleanup(func() {
		if v.cmd != nil {
			v.kill()
		}
	})
	return v
}

// start starts the process and waits for its first line of output. The program
// prints this line when it listens.
func (v *victim) start() {
	v.t.Helper()
	v.cmd = command(v.args...)
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		err = errors.Join(err, v.cmd.Wait())
		v.cmd = nil
		v.t.Fatalf("flexscim %v ended before it listened: %v", v.args, err)
	}
	cmd, exited := v.cmd, make(chan error, 1)
	v.exited = exited
	go func() {
		_, _ = io.Copy(io.Discard, out)
		exited <- cmd.Wait()
	}()
}

// kill sends SIGKILL and waits for the end of the process.
func (v *victim) kill() {
	_ = v.cmd.Process.Kill()
	<-v.exited
	v.cmd = nil
}

// terminate sends SIGTERM. If the process does not end within ten seconds with exit
// code 0, the test fails.
func (v *victim) terminate() {
	v.t.Helper()
	if err := v.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		v.t.Fatal(err)
	}
	select {
	case err := <-v.exited:
		if err != nil {
			v.t.Errorf("after SIGTERM: got %v, want exit code 0", err)
		}
		v.cmd = nil
	case <-time.After(10 * time.Second):
		v.t.Error("flexscim still runs 10 s after SIGTERM")
		v.kill()
	}
}

// worker contains the fields that tests read from a Worker in the simulated Flex.
type worker struct {
	SID          string
	FriendlyName string
	ActivityName string
	FullName     string
	Roles        []string
	Attributes   string // JSON
	Path         string
}

// workers returns the Workers of the simulated Flex. The key of the map is the
// FriendlyName.
func workers(tb testing.TB, base string) map[string]worker {
	tb.Helper()
	have, err := listWorkers(base)
	if err != nil {
		tb.Fatal(err)
	}
	return have
}

// workerPage is one page of the list of Workers, in the form of Twilio's API.
type workerPage struct {
	Workers []struct {
		SID          string `json:"sid"`
		FriendlyName string `json:"friendly_name"`
		ActivityName string `json:"activity_name"`
		Attributes   string `json:"attributes"`
	} `json:"workers"`
	Meta struct {
		Next string `json:"next_page_url"`
	} `json:"meta"`
}

// listWorkers reads all pages of Workers.
func listWorkers(base string) (map[string]worker, error) {
	var configuration struct {
		Workspace string `json:"taskrouter_workspace_sid"`
	}
	if err := getJSON(base+"/v1/Configuration", &configuration); err != nil {
		return nil, err
	}
	have := map[string]worker{}
	path := "/v1/Workspaces/" + configuration.Workspace + "/Workers"
	for next := base + path + "?PageSize=1000"; next != ""; {
		var page workerPage
		if err := getJSON(next, &page); err != nil {
			return nil, err
		}
		for _, w := range page.Workers {
			var attributes struct {
				FullName string   `json:"full_name"`
				Roles    []string `json:"roles"`
			}
			if err := json.Unmarshal([]byte(w.Attributes), &attributes); err != nil {
				return nil, err
			}
			have[w.FriendlyName] = worker{w.SID, w.FriendlyName, w.ActivityName, attributes.FullName, attributes.Roles, w.Attributes, path + "/" + w.SID}
		}
		next = page.Meta.Next
	}
	return have, nil
}

// control sends a request to the control API of the simulated Flex.
func control(tb testing.TB, flexURL, method, path, body string) {
	tb.Helper()
	req, err := http.NewRequest(method, flexURL+path, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		tb.Fatalf("%s %s: got %s, want 200", method, path, res.Status)
	}
}

// flexRequest is a request that the simulated Flex received.
type flexRequest struct {
	Method string
	Path   string
	Query  string
	Body   string
	Status int // 0 if no response was sent yet
	Time   time.Time
}

// listRequests returns the requests that the simulated Flex received, oldest
// first.
func listRequests(base string) ([]flexRequest, error) {
	var journal struct {
		Requests []flexRequest
		Lost     int
	}
	if err := getJSON(base+"/_sim/requests?full=1", &journal); err != nil {
		return nil, err
	}
	if journal.Lost > 0 {
		return nil, fmt.Errorf("the simulator has forgotten %d requests", journal.Lost)
	}
	return journal.Requests, nil
}

// getJSON decodes a response of the simulated Flex.
func getJSON(url string, into any) error {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.SetBasicAuth(sandboxAccount, "simulated")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: got %s, want 200", url, res.Status)
	}
	return json.NewDecoder(res.Body).Decode(into)
}

// sqliteURL returns the URL of a new SQLite database.
func sqliteURL(tb testing.TB) string {
	tb.Helper()
	return "sqlite:" + filepath.Join(tb.TempDir(), "flexscim.db")
}
