package scimhttp

import (
	"bytes"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim"
)

// shownMap returns a map with those attributes of an object that a view contains.
// The caller encodes this map with encoding/json.
func shownMap(v view, object map[string]any) map[string]any {
	shown := make(map[string]any, len(v))
	for _, n := range v {
		switch value := object[n.name].(type) {
		case nil:
		case texts:
			shown[n.name] = shownMap(n.subs, value.object())
		case map[string]any:
			shown[n.name] = shownMap(n.subs, value)
		case []any:
			list := make([]any, 0, len(value))
			for _, element := range value {
				switch inner := element.(type) {
				case texts:
					element = shownMap(n.subs, inner.object())
				case map[string]any:
					element = shownMap(n.subs, inner)
				}
				list = append(list, element)
			}
			shown[n.name] = list
		default:
			shown[n.name] = value
		}
	}
	return shown
}

// object returns a map of the texts that are not empty.
func (t texts) object() map[string]any {
	object := map[string]any{}
	for _, member := range t {
		if member.value != "" {
			object[member.name] = member.value
		}
	}
	return object
}

// appendWithLibrary appends the same JSON as view.append, but uses encoding/json.
func appendWithLibrary(v view, b []byte, r resource, base string) []byte {
	object := maps.Clone(map[string]any(r.doc))
	object["id"], object["schemas"], object["groups"] = string(r.id), r.types.Schemas(r.doc), r.groupsValue(base)
	object["meta"], object[scim.URNEnterprise] = r.metaValue(base), r.enterpriseValue(base)
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(shownMap(v, object)); err != nil {
		return b
	}
	return append(b, out.Bytes()...)
}

// shownUser returns a user who is in two groups.
func shownUser(tb testing.TB) resource {
	tb.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(`{"userName":"ann@example.com","name":{"givenName":"Ann","familyName":"Lee"},
		"emails":[{"primary":true,"value":"ann@example.com","type":"work"}],"displayName":"Ann Lee","locale":"en-US","externalId":"00ujl29u0le5T6Aj10h7",
		"active":true,"` + scim.URNEnterprise + `":{"department":"Support","manager":{"value":"x"}}}`)))
	d.UseNumber()
	r := resource{types: scim.UserType(), id: "ann", meta: scim.Meta{Created: time.Now(), LastModified: time.Now(), Version: 3},
		groups: []scim.GroupRef{{ID: "g1", Display: "Flex Supervisors"}, {ID: "g2", Display: "Care"}}}
	if err := d.Decode(&r.doc); err != nil {
		tb.Fatal(err)
	}
	return r
}

func TestViewWritesWhatEncodingJSONWrites(t *testing.T) {
	t.Parallel()
	const base = "https://scim.example.com/scim/v2"
	v, r := newView(scim.UserType()), shownUser(t)
	var want, got any
	if err := json.Unmarshal(appendWithLibrary(v, nil, r, base), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(v.append(nil, r, base), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-encoding/json +view):\n%s", diff)
	}
}

func BenchmarkView(b *testing.B) {
	v, r := newView(scim.UserType()), shownUser(b)
	b.ReportAllocs()
	for b.Loop() {
		v.append(make([]byte, 0, 1024), r, "https://scim.example.com/scim/v2")
	}
}

func BenchmarkViewWithLibrary(b *testing.B) {
	v, r := newView(scim.UserType()), shownUser(b)
	b.ReportAllocs()
	for b.Loop() {
		appendWithLibrary(v, make([]byte, 0, 1024), r, "https://scim.example.com/scim/v2")
	}
}
