package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/flexscim/flexscim/testdata"
)

func TestMain(m *testing.M) {
	if os.Getenv(asFlexscim) != "" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"flexscim": main})
}

// TestStories runs testdata/story against the real program. Beside
// testscript's own commands a story has
//
//	up                              waits until SCIM answers
//	scim METHOD PATH STATUS [BODY]  sends a request as the IdP and checks the status
//	sim METHOD PATH [BODY]          sends a request to the simulated Flex
//	get FIELD VAR                   takes a field of the last answer into a variable
//	worker NAME absent | KEY=VALUE… waits until the Worker is so: role, activity, full_name
//
// $SCIM and $FLEX are free addresses, $TOKEN is a token to start with.
func TestStories(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Files: testdata.Files(t, "story"),
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"SCIM", "FLEX"} {
				address, err := listenable()
				if err != nil {
					return err
				}
				env.Setenv(name, address)
			}
			env.Setenv("TOKEN", killToken)
			env.Setenv("HOME", env.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"up":     storyUp,
			"scim":   storySCIM,
			"sim":    storySim,
			"get":    storyGet,
			"worker": storyWorker,
		},
	})
}

// listenable is a loopback address that nobody listens on.
func listenable() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// storyPatience is how long a story waits for a state.
const storyPatience = 30 * time.Second

// eventually repeats check until it is nil; the last error ends the story.
func eventually(ts *testscript.TestScript, check func() error) {
	var err error
	for deadline := time.Now().Add(storyPatience); time.Now().Before(deadline); pause(30 * time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	ts.Fatalf("after %v: %v", storyPatience, err)
}

func storyUp(ts *testscript.TestScript, neg bool, args []string) {
	eventually(ts, func() error {
		res, err := http.Get("http://" + ts.Getenv("SCIM") + "/readyz")
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("/readyz: %s", res.Status)
		}
		return nil
	})
}

// storyCall sends a request and keeps the answer for get.
func storyCall(ts *testscript.TestScript, method, url, body string, header func(*http.Request)) int {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	ts.Check(err)
	header(req)
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	ts.Check(err)
	ts.Logf("%s %s → %d %s", method, url, res.StatusCode, bytes.TrimSpace(answer))
	ts.Setenv("LAST", string(answer))
	return res.StatusCode
}

func storySCIM(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: scim METHOD PATH STATUS [BODY]")
	}
	got := storyCall(ts, args[0], "http://"+ts.Getenv("SCIM")+"/scim/v2"+args[1], strings.Join(args[3:], " "), func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+ts.Getenv("TOKEN"))
		r.Header.Set("Content-Type", "application/scim+json")
	})
	if want, err := strconv.Atoi(args[2]); err != nil || got != want {
		ts.Fatalf("%s %s: got %d, want %s", args[0], args[1], got, args[2])
	}
}

func storySim(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: sim METHOD PATH [BODY]")
	}
	got := storyCall(ts, args[0], "http://"+ts.Getenv("FLEX")+args[1], strings.Join(args[2:], " "), func(r *http.Request) {
		r.SetBasicAuth("AC00000000000000000000000000000000", "simulated")
	})
	if got/100 != 2 {
		ts.Fatalf("%s %s: got %d, want 2xx", args[0], args[1], got)
	}
}

func storyGet(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: get FIELD VAR")
	}
	var last map[string]any
	ts.Check(json.Unmarshal([]byte(ts.Getenv("LAST")), &last))
	value, ok := last[args[0]]
	if !ok {
		ts.Fatalf("the last answer has no %s", args[0])
	}
	ts.Setenv(args[1], fmt.Sprint(value))
}

func storyWorker(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: worker NAME absent | KEY=VALUE…")
	}
	eventually(ts, func() error {
		have, err := listWorkers("http://" + ts.Getenv("FLEX"))
		if err != nil {
			return err
		}
		w, exists := have[args[0]]
		if exists {
			ts.Setenv("WK", w.SID)
		}
		if args[1] == "absent" {
			if exists {
				return fmt.Errorf("the Worker %s exists: %+v", args[0], w)
			}
			return nil
		}
		return w.is(args[1:])
	})
}

// is compares a Worker with KEY=VALUE conditions.
func (w worker) is(conditions []string) error {
	for _, c := range conditions {
		key, want, _ := strings.Cut(c, "=")
		got, known := map[string]string{
			"role":      strings.Join(slices.Sorted(slices.Values(w.Roles)), ","),
			"activity":  w.ActivityName,
			"full_name": w.FullName,
		}[key]
		if !known {
			return fmt.Errorf("no condition %q", key)
		}
		if got != want {
			return fmt.Errorf("%s of the Worker %q: got %q, want %q", key, w.FriendlyName, got, want)
		}
	}
	return nil
}
