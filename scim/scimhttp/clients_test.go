package scimhttp_test

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/scim/scimhttp"
)

const clients = "../../../shared/suites/clients"

// recorded is a request that a real client sent. In the path, the text {id} stands
// for the id of the resource.
type recorded struct {
	Method   string
	Path     string
	Headers  map[string]string
	Body     map[string]any
	Answered int
}

// ownID matches the key `id` and its value in a body.
var ownID = regexp.MustCompile(`"id":"[^"]*"`)

// TestClients sends the recorded requests of real clients, and checks that the
// server does not refuse any of them because of its form.
func TestClients(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(clients, "*.jsonl"))
	if err != nil || len(files) == 0 {
		lacksShared(t, "THE REQUESTS OF CLIENTS ARE NOT PLAYED")
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			if n := playClient(t, path); n < 20 {
				t.Errorf("played %d requests, want at least 20", n)
			}
		})
	}
}

// TestClientsEmptyAGroup plays clients that send groups by POST and PUT, and that
// omit the attribute "members" from a PUT if the group has no members. Such a PUT
// must remove the group's last member. But if the same client has also sent members
// by PATCH, such a PUT must not change the members.
func TestClientsEmptyAGroup(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"keycloak-mitodl", "canaille", "pocketid"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			with, without := groupPuts(t, filepath.Join(clients, name+".jsonl"))
			s := open(t, scimhttp.Config{})
			ann := strings.TrimPrefix(s.user("ann"), "/Users/")
			put := func(r recorded, want string) {
				t.Helper()
				group := "/Groups/" + s.must(200, "GET", `/Groups?filter=displayName+eq+"Care"`, "").at("Resources", 0, "id").(string)
				r.Body["displayName"], r.Body["id"] = "Care", group[len("/Groups/"):]
				if _, has := r.Body["members"]; has {
					r.Body["members"] = []any{map[string]any{"value": ann}}
				}
				text, err := json.Marshal(r.Body)
				if err != nil {
					t.Fatal(err)
				}
				s.must(200, http.MethodPut, group, string(text))
				if got := members(s.must(200, "GET", group, "")); got != want {
					t.Errorf("after the PUT %s: got members %q, want %q", text, got, want)
				}
			}
			group := "/Groups/" + s.must(201, "POST", "/Groups", `{"displayName":"Care"}`).at("id").(string)
			put(with, ann)
			put(without, "")
			s.must(204, "PATCH", group, `{"Operations":[{"op":"add","path":"members","value":[{"value":"`+ann+`"}]}]}`)
			put(without, ann)
		})
	}
}

// groupPuts returns a recorded PUT of a group with members, and a PUT without
// members. If no PUT without members was recorded, groupPuts makes it from the
// other PUT.
func groupPuts(t *testing.T, path string) (with, without recorded) {
	t.Helper()
	for _, r := range recordedIn(t, path) {
		if r.Method != http.MethodPut || !strings.Contains(r.Path, "/Groups/") {
			continue
		}
		if members, _ := r.Body["members"].([]any); len(members) > 0 {
			with = r
		} else {
			without = r
		}
	}
	if with.Body == nil {
		t.Fatal(path, "has no PUT of a group with members")
	}
	if without.Body == nil {
		without = with
		without.Body = maps.Clone(with.Body)
		delete(without.Body, "members")
	}
	return with, without
}

func playClient(t *testing.T, path string) (played int) {
	t.Helper()
	s := open(t, scimhttp.Config{})
	for _, r := range recordedIn(t, path) {
		if r.Body == nil && r.Method != http.MethodGet && r.Method != http.MethodDelete {
			continue
		}
		a := s.replayed(r)
		if played++; a.status >= 400 && a.status != 409 {
			t.Errorf("%s %s %v: got %d %s", r.Method, r.Path, r.Body, a.status, a.text)
		}
	}
	return played
}

// recordedIn returns the requests in a file that has one request per line. If
// ../shared is missing, it skips the test.
func recordedIn(t *testing.T, path string) (all []recorded) {
	t.Helper()
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		lacksShared(t, "THE REQUESTS OF CLIENTS ARE NOT PLAYED")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r recorded
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// replayed sends a recorded request. If the path contains {id}, it first creates a
// resource and puts the id of this resource in the place of {id}.
func (s *service) replayed(r recorded) answer {
	s.t.Helper()
	path, own := strings.TrimPrefix(r.Path, "/scim/v2"), ""
	if strings.Contains(path, "{id}") {
		endpoint, name := "/Users", "userName"
		if strings.Contains(path, "Groups") {
			endpoint, name = "/Groups", "displayName"
		}
		made := s.must(201, http.MethodPost, endpoint, `{"`+name+`":"`+rand.Text()+`"}`)
		own = made.at("id").(string)
		path = strings.ReplaceAll(path, "{id}", own)
	}
	body := ""
	if r.Body != nil {
		text, err := json.Marshal(r.Body)
		if err != nil {
			s.t.Fatal(err)
		}
		body = ownID.ReplaceAllString(string(text), `"id":"`+own+`"`)
	}
	header := []string{}
	for name, value := range r.Headers {
		if name != "Accept-Encoding" && !strings.HasPrefix(name, "If-") {
			header = append(header, name, value)
		}
	}
	return s.do(r.Method, path, body, header...)
}
