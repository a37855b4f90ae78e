package repotest_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/flexscim/flexscim/internal/config"
)

const composeFile = "docker-compose.yml"

// composeSchema is the schema of the Compose Specification.
// Source: https://github.com/compose-spec/compose-go/blob/v2.16.2/schema/compose-spec.json (Apache-2.0)
const composeSchema = "testdata/compose-spec.json"

// composed contains the parts of docker-compose.yml that the tests check.
type composed struct {
	Services map[string]service
	Volumes  map[string]any
}

type service struct {
	Image       string
	Build       string
	Profiles    []string
	DependsOn   dependencies `yaml:"depends_on"`
	Environment map[string]string
	Volumes     []string
}

// The keys of dependencies are the services that a service waits for. The value of
// a key is true if that service is required. In docker-compose.yml, the key
// `depends_on` contains a list or a map.
type dependencies map[string]bool

func (d *dependencies) UnmarshalYAML(n *yaml.Node) error {
	*d = dependencies{}
	if n.Kind == yaml.SequenceNode {
		var names []string
		err := n.Decode(&names)
		for _, name := range names {
			(*d)[name] = true
		}
		return err
	}
	var conditions map[string]struct{ Required *bool }
	err := n.Decode(&conditions)
	for name, c := range conditions {
		(*d)[name] = c.Required == nil || *c.Required
	}
	return err
}

// compose decodes docker-compose.yml into a value and returns its text.
func compose(t *testing.T, into any) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, composeFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
	return text
}

// TestComposeSchema checks that docker-compose.yml is valid according to the schema
// of the Compose Specification, and that the schema rejects mistakes.
func TestComposeSchema(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.NewCompiler().Compile(composeSchema)
	if err != nil {
		t.Fatal(err)
	}
	var unused any
	text := string(compose(t, &unused))
	for _, c := range []struct {
		name, old, new string
		valid          bool
	}{
		{"unchanged", "", "", true},
		{"a misspelt key", "environment:", "environments:", false},
		{"an unknown condition", "service_healthy", "service_fine", false},
		{"a command that is a map", "command: [serve]", "command: {serve: true}", false},
	} {
		changed := strings.Replace(text, c.old, c.new, 1)
		if changed == text && !c.valid {
			t.Errorf("%s: %q is not in %s", c.name, c.old, composeFile)
		}
		if err := validate(schema, changed); (err == nil) != c.valid {
			t.Errorf("%s: got the error %v, want valid to be %v", c.name, err, c.valid)
		}
	}
}

func validate(schema *jsonschema.Schema, text string) error {
	var document any
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return err
	}
	b, err := json.Marshal(document)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// TestCompose checks that all names to which the services refer exist. It also checks
// that each profile is complete: a service waits only for services that the same
// profile starts.
func TestCompose(t *testing.T) {
	t.Parallel()
	var c composed
	compose(t, &c)
	profiles := map[string]bool{"": true} // "" is no profile
	for _, s := range c.Services {
		for _, p := range s.Profiles {
			profiles[p] = true
		}
	}
	if got := slices.Sorted(maps.Keys(profiles)); !slices.Equal(got, []string{"", "demo", "ha"}) {
		t.Errorf("got profiles %q, want demo and ha", got)
	}
	for name, s := range c.Services {
		if s.Image == "" {
			t.Errorf("service %s has no image", name)
		}
		checkMounts(t, c, name, s)
		for other, needed := range s.DependsOn {
			for p := range profiles {
				if _, ok := c.Services[other]; !ok || needed && starts(s, p) && !starts(c.Services[other], p) {
					t.Errorf("profile %q: service %s waits for %s, which is not started", p, name, other)
				}
			}
		}
	}
}

// starts reports whether a profile starts a service.
func starts(s service, profile string) bool {
	return len(s.Profiles) == 0 || slices.Contains(s.Profiles, profile)
}

// checkMounts checks that the volumes and files that a service mounts exist.
func checkMounts(t *testing.T, c composed, name string, s service) {
	t.Helper()
	for _, mount := range s.Volumes {
		source, _, _ := strings.Cut(mount, ":")
		if !strings.HasPrefix(source, ".") {
			if _, ok := c.Volumes[source]; !ok {
				t.Errorf("service %s mounts the volume %s, which is not declared", name, source)
			}
		} else if _, err := os.Stat(filepath.Join(root, source)); err != nil {
			t.Errorf("service %s: %v", name, err)
		}
	}
}

var variable = regexp.MustCompile(`\$\{(\w+)(?::?[-?]([^}]*))?\}`)

// The function environment returns the environment of a service for a file .env with
// the given variables.
func environment(s service, dotEnv map[string]string) (environ []string) {
	for name, value := range s.Environment {
		value = variable.ReplaceAllStringFunc(value, func(v string) string {
			m := variable.FindStringSubmatch(v)
			if given, ok := dotEnv[m[1]]; ok {
				return given
			}
			return m[2]
		})
		for _, mount := range s.Volumes {
			if source, target, _ := strings.Cut(mount, ":"); strings.TrimSuffix(target, ":ro") == value {
				value = filepath.Join(root, source)
			}
		}
		environ = append(environ, name+"="+value)
	}
	return environ
}

// TestComposeEnvironment checks that the environment variables of the services are
// settings of flexscim with valid values. The command `flexscim serve` must accept
// them both with the simulator and with a completed docs/deploy/env.example.
func TestComposeEnvironment(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile(filepath.Join(root, "docs", "deploy", "env.example"))
	if err != nil {
		t.Fatal(err)
	}
	filled := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^(\w+)=(.*)$`).FindAllStringSubmatch(string(example), -1) {
		filled[m[1]] = m[2]
	}
	maps.Copy(filled, map[string]string{
		"FLEXSCIM_CONNECTION_TOKEN": "fscim_" + strings.Repeat("0a", 32), "TWILIO_API_SECRET": "secret", "POSTGRES_PASSWORD": "secret",
		"TWILIO_ACCOUNT_SID": "AC" + strings.Repeat("0", 32), "TWILIO_API_KEY": "SK" + strings.Repeat("0", 32),
	})
	var c composed
	compose(t, &c)
	for _, name := range []string{"flexscim", "replica", "token"} {
		for source, dotEnv := range map[string]map[string]string{"with a password only": {"POSTGRES_PASSWORD": "secret"}, "with env.example": filled} {
			environ := environment(c.Services[name], dotEnv)
			if len(environ) < 10 {
				t.Fatalf("service %s has %d variables, the search is broken", name, len(environ))
			}
			for _, v := range environ {
				if key, _, _ := strings.Cut(v, "="); !slices.Contains(config.Environment(), key) {
					t.Errorf("service %s sets %s, which is not a setting", name, key)
				}
			}
			cfg, err := config.Load(nil, environ)
			if err == nil {
				err = cfg.ValidateServe()
			}
			if err != nil {
				t.Errorf("service %s, %s: %v", name, source, err)
			}
			if simulated := cfg.Flex.BaseURL != ""; simulated != (len(dotEnv) == 1) {
				t.Errorf("service %s, %s: base URL %q", name, source, cfg.Flex.BaseURL)
			}
		}
	}
}

// TestComposeSecrets checks that no password has a default, that each image has a
// fixed version, and that no image contains a file .env.
func TestComposeSecrets(t *testing.T) {
	t.Parallel()
	var c composed
	text := compose(t, &c)
	for _, m := range regexp.MustCompile(`\$\{(\w*(?:PASSWORD|TOKEN))(:?[-?])([^}]*)\}`).FindAllSubmatch(text, -1) {
		if strings.HasSuffix(string(m[2]), "-") && len(m[3]) > 0 {
			t.Errorf("%s has the default %s", m[1], m[3])
		}
	}
	if strings.Count(string(text), "${POSTGRES_PASSWORD:?") != strings.Count(string(text), "${POSTGRES_PASSWORD") {
		t.Error("POSTGRES_PASSWORD may be empty")
	}
	fixed := regexp.MustCompile(`^flexscim$|:\d+\.\d+(\.\d+)?$|@sha256:`)
	for name, s := range c.Services {
		if !fixed.MatchString(s.Image) {
			t.Errorf("service %s: the image %s names no release", name, s.Image)
		}
	}
	for file, want := range map[string]string{"Dockerfile": `(?m)^FROM golang:\d+\.\d+\.\d+ `, ".dockerignore": `(?m)^\.env$`} {
		if text, err := os.ReadFile(filepath.Join(root, file)); err != nil || !regexp.MustCompile(want).Match(text) {
			t.Errorf("%s does not match %s, %v", file, want, err)
		}
	}
}

// TestCaddyfile checks that the reverse proxy of the profile ha connects to
// services of that profile, at the port on which they listen.
func TestCaddyfile(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "docs", "deploy", "Caddyfile"))
	if err != nil {
		t.Fatal(err)
	}
	var c composed
	compose(t, &c)
	m := regexp.MustCompile(`reverse_proxy ([^{\n]+)`).FindSubmatch(text)
	if m == nil {
		t.Fatal("no reverse_proxy in the Caddyfile")
	}
	upstreams := strings.Fields(string(m[1]))
	if len(upstreams) != 2 {
		t.Errorf("got %v, want two replicas", upstreams)
	}
	for _, upstream := range upstreams {
		name, port, _ := strings.Cut(upstream, ":")
		s, ok := c.Services[name]
		if !ok || !starts(s, "ha") || !strings.HasSuffix(s.Environment["FLEXSCIM_LISTEN"], ":"+port) {
			t.Errorf("no service of the profile ha listens on %s", upstream)
		}
	}
}
