package openapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/scim/refusal"
)

// base is SCIM's path on the server.
const base = "/scim/v2"

const scimJSON = "application/scim+json"

// operation describes one method at one path.
type operation struct {
	method, path string
	tag, summary string
	description  string   // "" for none
	parameters   []string // names in components
	body         string   // schema of the request, "" for none
	open         bool     // needs no token
	answers      []answer
	refusals     []int // statuses of its SCIM errors
}

// answer is the response to a successful request.
type answer struct {
	status  int
	what    string
	media   string // "" for no body
	schema  object
	headers []string // names in components
}

// These are error statuses: ofToken is for every operation that needs a token,
// ofSCIM for every SCIM operation (only a person's token can get 403), and ofBody
// for every operation with a body.
var (
	ofToken = []int{http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusRequestHeaderFieldsTooLarge, http.StatusServiceUnavailable}
	ofSCIM  = append([]int{http.StatusInternalServerError, http.StatusForbidden}, ofToken...)
	ofBody  = []int{http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}
)

func (op operation) object() object {
	o := object{"tags": []string{op.tag}, "operationId": op.name(), "summary": op.summary, "responses": op.responses()}
	if op.description != "" {
		o["description"] = op.description
	}
	if op.open {
		o["security"] = []object{}
	}
	if len(op.parameters) > 0 {
		list := make([]object, 0, len(op.parameters))
		for _, name := range op.parameters {
			list = append(list, ref("parameters", name))
		}
		o["parameters"] = list
	}
	if op.body != "" {
		content := object{"schema": schemaRef(op.body)}
		o["requestBody"] = object{"required": true, "content": object{scimJSON: content, "application/json": content}}
	}
	return o
}

// name returns the operationId, such as getUsersId.
func (op operation) name() string {
	words := strings.FieldsFunc(strings.TrimPrefix(op.path, base), func(r rune) bool { return strings.ContainsRune("/.{}", r) })
	name := op.method
	for _, w := range words {
		name += strings.ToUpper(w[:1]) + w[1:]
	}
	if len(words) == 0 {
		name += "Everything"
	}
	return name
}

func (op operation) responses() object {
	all := object{}
	for _, a := range op.answers {
		r := object{"description": a.what}
		if a.media != "" {
			r["content"] = object{a.media: object{"schema": a.schema}}
		}
		named := object{}
		for _, h := range append([]string{"X-Request-Id"}, a.headers...) {
			named[h] = ref("headers", h)
		}
		r["headers"] = named
		all[strconv.Itoa(a.status)] = r
	}
	for _, status := range op.refusals {
		all[strconv.Itoa(status)] = ref("responses", strconv.Itoa(status))
	}
	return all
}

// refusals returns the error responses by status. The descriptions come from the
// catalogue of package refusal, but 400 has a general description, because it has
// too many causes.
func refusals() object {
	causes := map[int][]string{http.StatusBadRequest: {"The request is wrong; scimType names the kind of error."}} // :: status → causes
	for _, r := range refusal.All() {
		known := causes[r.Status]
		switch {
		case r.Status == http.StatusMethodNotAllowed: // not in the document, because only methods that are not operations get 405
		case r.Status != http.StatusBadRequest && !slices.Contains(known, r.Summary()):
			causes[r.Status] = append(known, r.Summary())
		}
	}
	all := object{}
	for status, list := range causes {
		headers := object{"X-Request-Id": ref("headers", "X-Request-Id")}
		switch status {
		case http.StatusUnauthorized:
			headers["WWW-Authenticate"] = ref("headers", "WWW-Authenticate")
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			headers["Retry-After"] = ref("headers", "Retry-After")
		}
		all[strconv.Itoa(status)] = object{"description": strings.Join(list, " Or: "), "headers": headers, "content": object{scimJSON: object{"schema": schemaRef("Error")}}}
	}
	return all
}

func join[T any](lists ...[]T) []T {
	var all []T
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}
