package bulk

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/scim/refusal"
)

const (
	messages    = "urn:ietf:params:scim:api:messages:" // start of the URN of every SCIM message
	urnRequest  = messages + "2.0:BulkRequest"
	urnResponse = messages + "2.0:BulkResponse"
)

// Request is a parsed bulk request.
type Request struct {
	Operations   []Operation
	FailOnErrors int // number of errors after which the request stops; 0 means that it never stops
}

// Operation is an element of the list `Operations` in a bulk request.
type Operation struct {
	Method  string         // POST, PUT, PATCH or DELETE
	Path    string         // "/Users" or "/Users/ID", including a query
	BulkID  string         // "" for none
	Version string         // an entity tag, "" for none
	Data    map[string]any // nil for none

	refused error // the reason why the operation cannot be carried out; nil for none
}

// Parse parses the body of a bulk request. It refuses a request with more than
// limit operations. If an operation is malformed, only that operation fails.
func Parse(body map[string]any, limit int) (Request, error) {
	var req Request
	if isOther(member(body, "schemas")) {
		return req, refusal.BulkOtherMessage.New()
	}
	list, ok := member(body, "Operations").([]any)
	if !ok {
		return req, refusal.BulkWithoutOperations.New()
	}
	if len(list) > limit {
		return req, refusal.BulkTooLong.New(len(list), limit)
	}
	var err error
	if req.FailOnErrors, err = failOnErrors(member(body, "failOnErrors")); err != nil {
		return req, err
	}
	taken := map[string]bool{} // bulkIds of earlier POSTs
	for _, item := range list {
		op := parseOperation(item)
		if op.creates() {
			if taken[op.BulkID] {
				op.refused = refusal.BulkIDTwice.New()
			}
			taken[op.BulkID] = true
		}
		req.Operations = append(req.Operations, op)
	}
	return req, nil
}

// isOther reports whether the attribute `schemas` of a body names another message
// of RFC 7644 but not BulkRequest. If `schemas` is missing, isOther returns false.
func isOther(schemas any) (other bool) {
	list, ok := schemas.([]any)
	if !ok {
		list = []any{schemas}
	}
	for _, e := range list {
		urn, _ := e.(string)
		urn = strings.ToLower(urn)
		if urn == strings.ToLower(urnRequest) {
			return false
		}
		other = other || strings.HasPrefix(urn, messages)
	}
	return other
}

func failOnErrors(value any) (int, error) {
	text, isText := value.(string)
	if n, isNumber := value.(json.Number); isNumber {
		text, isText = n.String(), true
	}
	n, err := strconv.Atoi(text)
	switch {
	case value == nil:
		return 0, nil
	case !isText || err != nil || n < 0:
		return 0, refusal.BulkFailOnErrors.New()
	}
	return n, nil
}

// parseOperation parses an element of the list `Operations`.
func parseOperation(item any) Operation {
	object, ok := item.(map[string]any)
	if !ok {
		return Operation{refused: refusal.BulkNotObject.New()}
	}
	op := Operation{
		Method: strings.ToUpper(text(object, "method")), Path: text(object, "path"),
		BulkID: text(object, "bulkId"), Version: text(object, "version"),
	}
	data := member(object, "data")
	if list, ok := data.([]any); ok && op.Method == http.MethodPatch { // the example in RFC 7644 §3.7.3 has such a list
		data = map[string]any{"Operations": list}
	}
	op.Data, _ = data.(map[string]any)
	op.refused = op.check()
	if version := member(object, "version"); version != nil && op.Version != version { // without the version, the operation would be unconditional
		op.refused = refusal.BulkVersionNotText.New()
	}
	return op
}

// check returns an error if the operation lacks a part that RFC 7644 §3.7 requires,
// or if its method or path is not valid.
func (op *Operation) check() error {
	switch op.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		if op.Data == nil {
			return refusal.BulkWithoutData.New(op.Method)
		}
	case http.MethodDelete:
		op.Data = nil
	default:
		return refusal.BulkMethodUnknown.New()
	}
	collection, id, single := strings.Cut(strings.TrimPrefix(op.path(), "/"), "/")
	switch {
	case !strings.HasPrefix(op.Path, "/"), collection != "Users" && collection != "Groups", strings.HasPrefix(id, "."):
		return refusal.BulkPathUnknown.New()
	case (op.Method == http.MethodPost) == single:
		return refusal.BulkPathNotForMethod.New()
	case op.Method == http.MethodPost && op.BulkID == "":
		return refusal.BulkIDMissing.New()
	}
	return nil
}

// isMethod reports whether a text looks like an HTTP method. If it does not, the
// response omits the method.
func isMethod(text string) bool {
	for _, c := range text {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return len(text) <= len(http.MethodOptions)
}

// creates reports whether the operation creates a resource to which other
// operations can refer.
func (op *Operation) creates() bool { return op.Method == http.MethodPost && op.BulkID != "" }

// path returns the path without its query.
func (op *Operation) path() string {
	path, _, _ := strings.Cut(op.Path, "?")
	return path
}

// member returns the value of a key in any letter case. It prefers the exact
// spelling. If only other spellings occur, it returns the value of any of them.
func member(object map[string]any, name string) any {
	if value, ok := object[name]; ok {
		return value
	}
	for key, value := range object {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return nil
}

func text(object map[string]any, name string) string {
	s, _ := member(object, name).(string)
	return s
}

// ended is an element of the list `Operations` in a BulkResponse.
type ended struct {
	Location string          `json:"location,omitempty"`
	Method   string          `json:"method"`
	BulkID   string          `json:"bulkId,omitempty"`
	Version  string          `json:"version,omitempty"`
	Status   string          `json:"status"`
	Response json.RawMessage `json:"response,omitempty"`
}

// Response returns the body of the BulkResponse. The results have the order of the
// request.
func (req Request) Response(results []*Result) ([]byte, error) {
	all := make([]ended, 0, len(results))
	for i, r := range results {
		if r == nil {
			continue
		}
		op := req.Operations[i]
		if !isMethod(op.Method) {
			op.Method = ""
		}
		all = append(all, ended{
			Location: r.Location, Method: op.Method, BulkID: op.BulkID, Version: r.Version, Status: strconv.Itoa(r.Status), Response: r.Body,
		})
	}
	body, err := json.Marshal(struct {
		Schemas    []string `json:"schemas"`
		Operations []ended  `json:"Operations"`
	}{[]string{urnResponse}, all})
	if err != nil {
		return nil, fmt.Errorf("write the bulk response: %w", err)
	}
	return body, nil
}
