package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// storyCommands returns the commands that stories have in addition to testscript's
// own.
func storyCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"up":         storyUp,
		"scim":       storySCIM,
		"ask":        storyAsk,
		"sim":        storySim,
		"attributes": storyAttributes,
		"requests":   storyRequests,
		"has":        storyHas,
		"get":        storyGet,
		"save":       storySave,
		"take":       storyTake,
		"mode":       storyMode,
		"logged":     storyLogged,
		"worker":     storyWorker,
		"usage":      storyExit(exitUsage),
		"fails":      storyExit(exitFailed),
	}
}

// storyPatience is the maximum time for which a story command waits for a state.
const storyPatience = 30 * time.Second

// eventually calls the function check again and again until it returns nil. If
// check still returns an error after storyPatience, the story fails with this
// error.
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
	url := "http://" + ts.Getenv("SCIM") + "/readyz"
	if slices.Equal(args, []string{"flex"}) {
		url = "http://" + ts.Getenv("FLEX") + "/_sim/options"
	}
	eventually(ts, func() error {
		res, err := http.Get(url)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", url, res.Status)
		}
		return nil
	})
}

// storyCall sends a request, returns the status, and stores the response for the
// story commands "get" and "has".
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
	var head bytes.Buffer
	ts.Check(res.Header.Write(&head))
	ts.Setenv("LAST_HEAD", head.String())
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

func storyAsk(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 || len(args) > 4 {
		ts.Fatalf("usage: ask METHOD PATH STATUS [TOKEN]")
	}
	got := storyCall(ts, args[0], "http://"+ts.Getenv("SCIM")+args[1], "", func(r *http.Request) {
		if len(args) == 4 {
			r.Header.Set("Authorization", "Bearer "+args[3])
		}
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
		r.SetBasicAuth(sandboxAccount, "simulated")
	})
	if got/100 != 2 {
		ts.Fatalf("%s %s: got %d, want 2xx", args[0], args[1], got)
	}
}

func storyAttributes(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: attributes WORKER JSON")
	}
	base := "http://" + ts.Getenv("FLEX")
	have, err := listWorkers(base)
	ts.Check(err)
	w, exists := have[args[0]]
	if !exists {
		ts.Fatalf("no Worker %s", args[0])
	}
	var attributes map[string]any
	ts.Check(json.Unmarshal([]byte(w.Attributes), &attributes))
	ts.Check(json.Unmarshal([]byte(args[1]), &attributes)) // merges into the map
	text, err := json.Marshal(attributes)
	ts.Check(err)
	form := url.Values{"Attributes": {string(text)}}
	if got := storyCall(ts, "POST", base+w.Path, form.Encode(), func(r *http.Request) {
		r.SetBasicAuth(sandboxAccount, "simulated")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}); got != http.StatusOK {
		ts.Fatalf("write attributes: got %d, want 200", got)
	}
}

func storyRequests(ts *testscript.TestScript, neg bool, args []string) {
	asked, err := listRequests("http://" + ts.Getenv("FLEX"))
	ts.Check(err)
	var b strings.Builder
	for _, r := range asked {
		fmt.Fprintf(&b, "%s %s %d\n", r.Method, r.Path, r.Status)
	}
	ts.Setenv("LAST_HEAD", "")
	ts.Setenv("LAST", b.String())
}

func storyHas(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] has PATTERN")
	}
	answer := strings.ReplaceAll(ts.Getenv("LAST_HEAD"), "\r", "") + "\n" + ts.Getenv("LAST")
	if regexp.MustCompile("(?m)"+args[0]).MatchString(answer) == neg {
		ts.Fatalf("the pattern %q matches %v, want %v, in\n%s", args[0], !neg, neg, answer)
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
		ts.Fatalf("the last response has no %s", args[0])
	}
	ts.Setenv(args[1], fmt.Sprint(value))
}

func storySave(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: save FILE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(ts.Getenv("LAST")), 0o600))
}

func storyTake(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: take FILE PATTERN VAR")
	}
	match := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile(args[0]))
	if len(match) < 2 {
		ts.Fatalf("%s: no match with a group for %q", args[0], args[1])
	}
	ts.Setenv(args[2], match[1])
}

func storyLogged(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: logged FILE PATTERN")
	}
	pattern := regexp.MustCompile("(?m)" + args[1])
	eventually(ts, func() error {
		if text := ts.ReadFile(args[0]); !pattern.MatchString(text) {
			return fmt.Errorf("%s: no match for %q in\n%s", args[0], args[1], text)
		}
		return nil
	})
}

func storyMode(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: mode FILE PERMISSIONS")
	}
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%#o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s: got permissions %s, want %s", args[0], got, args[1])
	}
}

func storyWorker(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: worker NAME absent | KEY=VALUE…")
	}
	if neg {
		have, err := listWorkers("http://" + ts.Getenv("FLEX"))
		ts.Check(err)
		if have[args[0]].meets(args[1:]) == nil {
			ts.Fatalf("the Worker %s is %v", args[0], args[1:])
		}
		return
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
		return w.meets(args[1:])
	})
}

// meets returns an error unless the Worker meets every condition. A condition has the
// form KEY=VALUE.
func (w worker) meets(conditions []string) error {
	for _, c := range conditions {
		key, want, _ := strings.Cut(c, "=")
		got, known := map[string]string{
			"role":      strings.Join(slices.Sorted(slices.Values(w.Roles)), ","),
			"activity":  w.ActivityName,
			"full_name": w.FullName,
			"sid":       w.SID,
		}[key]
		if !known {
			return fmt.Errorf("unknown condition %q", key)
		}
		if got != want {
			return fmt.Errorf("%s of the Worker %q: got %q, want %q", key, w.FriendlyName, got, want)
		}
	}
	return nil
}

// storyExit returns a story command that runs flexscim and checks that its exit
// code is the argument want.
func storyExit(want int) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		got := exitDone
		if err := ts.Exec("flexscim", args...); err != nil {
			failed, ok := errors.AsType[*exec.ExitError](err)
			if !ok {
				ts.Fatalf("%v", err)
			}
			got = failed.ExitCode()
		}
		if got != want {
			ts.Fatalf("flexscim %s: got exit code %d, want %d", strings.Join(args, " "), got, want)
		}
	}
}
