package scimhttp_test

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/scim/scimhttp"
)

const clients = "../../../shared/suites/clients"

// recorded is a request that a real client sent. The text {id} in its path replaces
// the id of the resource.
type recorded struct {
	Method   string
	Path     string
	Headers  map[string]string
	Body     any
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
		if strings.Contains(os.Getenv("FLEXSCIM_REQUIRE"), "shared") {
			t.Fatal(clients, "is missing")
		}
		t.Skip("THE REQUESTS OF CLIENTS ARE NOT PLAYED: ../shared is missing")
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

func playClient(t *testing.T, path string) (played int) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s := open(t, scimhttp.Config{})
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r recorded
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
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
