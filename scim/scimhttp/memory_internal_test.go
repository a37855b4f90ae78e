package scimhttp

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim"
)

// largeBodies are bodies that need much memory for each byte.
func largeBodies() map[string]string {
	list := func(n int, value string) string {
		return `{"members":[` + strings.Repeat(value+",", n-1) + value + `]}`
	}
	var keys strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&keys, `"%d":0,`, i)
	}
	return map[string]string{
		"empty objects":         list(50_000, `{}`),
		"empty lists":           list(50_000, `[]`),
		"lists of one":          list(25_000, `[0]`),
		"members":               list(20_000, `{"value":"aaaaaaaaaaaaaaaaaaaaaaaaaa"}`),
		"members with names":    list(12_000, `{"value":"aaaaaaaaaaaaaaaaaaaaaaaaaa","display":"ann"}`),
		"objects with one key":  list(25_000, `{"a":0}`),
		"objects with ten keys": list(4_000, `{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1}`),
		"objects in objects":    list(12_000, `{"a":{"b":{"c":{}}}}`),
		"an object":             "{" + keys.String() + `"end":0}`,
		"strings":               list(50_000, `"a"`),
		"numbers":               list(50_000, `0`),
		"long strings":          list(10, `"`+strings.Repeat("é", 40_000)+`"`),
	}
}

// TestMemory checks that the estimated memory of a decoded body is neither much
// less than its real memory nor too large, so that a budget really limits the
// memory. It must not run in parallel with other tests.
func TestMemory(t *testing.T) { //nolint:paralleltest // it measures the heap
	for name, body := range largeBodies() {
		before := heap()
		object, err := decodeObject([]byte(body), 32, nil)
		if err != nil {
			t.Fatal(err)
		}
		real, estimate := heap()-before, measure([]byte(body)).memory()
		runtime.KeepAlive(object)
		if real > estimate*5/4 || estimate > 8*real {
			t.Errorf("%s: got an estimate of %d bytes for %d bytes", name, estimate, real)
		}
	}
}

// heap returns the number of bytes of all objects that are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // it is small
}

// TestSkippedNeedNoMemory checks that the decoder does not build the value of a
// name that is in no schema.
func TestSkippedNeedNoMemory(t *testing.T) { //nolint:paralleltest // it measures the heap
	junk := "[" + strings.Repeat(`{"a":{}},`, 60_000) + `{"a":{}}]`
	keep := documentShape(scim.UserType())
	for name, body := range map[string]string{
		"attribute":                        `{"userName":"ann","junk":` + junk + `}`,
		"attribute of an unknown schema":   `{"userName":"ann","urn:example:2.0:User:junk":` + junk + `}`,
		"unknown schema":                   `{"userName":"ann","urn:example:2.0:User":{"junk":` + junk + `}}`,
		"unknown attribute of a schema":    `{"userName":"ann","` + scim.URNEnterprise + `":{"junk":` + junk + `}}`,
		"unknown attribute of core schema": `{"userName":"ann","` + scim.URNUser + `":{"junk":` + junk + `}}`,
	} {
		before := heap()
		object, err := decodeObject([]byte(body), 32, keep)
		if err != nil {
			t.Fatal(err)
		}
		if got := heap() - before; got > 64<<10 {
			t.Errorf("%s: got %d bytes, want no values", name, got)
		}
		runtime.KeepAlive(object)
	}
}

// TestMeasure checks that measure counts the values and objects that the decoder
// builds.
func TestMeasure(t *testing.T) {
	t.Parallel()
	rows := []string{
		`{}`, ` { } `, `[]`, `[ ]`, `0`, `"a"`, `"[,{\"\\"`, `[""]`, `{"a":[],"b":{},"c":[[],[{}]]}`, `[1,2,"x,y",true,null,-1.5e3]`,
		`{"a" : [ 1 , { "b" : "}" } ] , "c\"" : "\\" }`, "\t[\n{\r}\n]\n", `{"":""}`,
	}
	for _, body := range largeBodies() {
		rows = append(rows, body)
	}
	for _, row := range rows {
		var value any
		if err := json.Unmarshal([]byte(row), &value); err != nil {
			t.Fatal(err)
		}
		want := extent{bytes: len(row)}
		count(value, &want)
		if got := measure([]byte(row)); got != want {
			t.Errorf("%.60s: got %+v, want %+v", row, got, want)
		}
	}
}

func count(value any, e *extent) {
	e.values++
	switch v := value.(type) {
	case map[string]any:
		if len(v) > 0 {
			e.objects++
		}
		for _, inner := range v {
			count(inner, e)
		}
	case []any:
		for _, inner := range v {
			count(inner, e)
		}
	}
}

// TestSkip checks which values of a document are decoded, and that the decoder finds
// errors also in values that it skips.
func TestSkip(t *testing.T) {
	t.Parallel()
	const depth = 5
	for _, row := range []struct {
		body string
		want string // JSON, or a part of an error
	}{
		{`{"userName":"a","USERNAME":1,"x":[1,{"y":2}],"z":"s"}`, `{"userName":"a","USERNAME":1,"x":null,"z":null}`},
		{`{"name":{"givenName":"a","x":{}},"name.x":1,"name.familyName":"b"}`, `{"name":{"givenName":"a","x":{}},"name.x":null,"name.familyName":"b"}`},
		{`{"` + scim.URNEnterprise + `":[{"manager":{"value":"1"},"x":[]}],"manager":{}}`, `{"` + scim.URNEnterprise + `":[{"manager":{"value":"1"},"x":null}],"manager":{}}`},
		{`{"` + scim.URNUser + `":{"title":"t","x":{}},"` + scim.URNUser + `:nickName":"n","` + scim.URNUser + `:x":[]}`,
			`{"` + scim.URNUser + `":{"title":"t","x":null},"` + scim.URNUser + `:nickName":"n","` + scim.URNUser + `:x":null}`},
		{`{"schemas":["a"],"id":"1","meta":{},"groups":[{}],"externalId":"e"}`, `{"schemas":["a"],"id":"1","meta":{},"groups":[{}],"externalId":"e"}`},
		{`{"x":{"y":{"a":1,"a":2}}}`, `{"x":null}`},
		{`{"x":1,"x":2}`, "The key"},
		{`{"x":[[[[1]]]]}`, `{"x":null}`},
		{`{"x":[[[[[1]]]]]}`, "The body nests"},
		{`{"x":["\u0000"]}`, "A string in the body"},
		{`{"x":[1,}`, "The body is not valid JSON"},
		{`{"x":[`, "The body is not valid JSON"},
	} {
		object, err := decodeObject([]byte(row.body), depth, documentShape(scim.UserType()))
		if err != nil {
			if !strings.Contains(err.Error(), row.want) {
				t.Errorf("%s: got %v, want %s", row.body, err, row.want)
			}
			continue
		}
		var want map[string]any
		if err := json.Unmarshal([]byte(row.want), &want); err != nil {
			t.Errorf("%s: got no error, want %s", row.body, row.want)
			continue
		}
		got, _ := json.Marshal(object) // cannot fail, because the object has only JSON values
		var again map[string]any
		_ = json.Unmarshal(got, &again)
		if diff := cmp.Diff(want, again); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.body, diff)
		}
	}
}
