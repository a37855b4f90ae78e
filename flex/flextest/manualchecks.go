package flextest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"github.com/flexscim/flexscim/flex"
)

// unknownParameters returns a problem for each query or form parameter that the
// operation does not have. openapi3filter ignores such parameters.
func (x exchange) unknownParameters(route *routers.Route) []string {
	query, err := url.ParseQuery(x.request.URL.RawQuery)
	if err != nil {
		return []string{"query: " + err.Error()}
	}
	var problems []string
	known := slices.Concat(route.PathItem.Parameters, route.Operation.Parameters)
	for name := range query {
		if known.GetByInAndName("query", name) == nil {
			problems = append(problems, "unknown query parameter "+name)
		}
	}
	members := map[string]bool{}
	if body := route.Operation.RequestBody; body != nil {
		for _, media := range body.Value.Content {
			for name := range media.Schema.Value.Properties {
				members[name] = true
			}
		}
	}
	for name := range x.form() {
		if !members[name] {
			problems = append(problems, "unknown form parameter "+name)
		}
	}
	return problems
}

func (x exchange) form() url.Values {
	form, err := url.ParseQuery(string(x.body))
	if err != nil {
		return url.Values{"(unreadable)": nil}
	}
	return form
}

// limits checks the limits that the documents describe only in prose.
func (x exchange) limits() []string {
	var problems []string
	form := x.form()
	if n := utf8.RuneCountInString(form.Get("FriendlyName")); n > flex.MaxFriendlyName {
		problems = append(problems, fmt.Sprintf("FriendlyName has %d characters", n))
	}
	if n := utf8.RuneCountInString(form.Get("Attributes")); n > flex.MaxAttributes {
		problems = append(problems, fmt.Sprintf("Attributes has %d characters", n))
	}
	for _, name := range []string{"Attributes", "Routing"} {
		if form.Has(name) && !isObject([]byte(form.Get(name))) {
			problems = append(problems, name+" is not a JSON object")
		}
	}
	return problems
}

func isObject(raw []byte) bool {
	var m map[string]any
	return json.Unmarshal(raw, &m) == nil && m != nil
}

// optionalMembers are documented members that an option of the simulator leaves out.
var optionalMembers = []string{"assigned_tasks"}

// incomplete compares the response with Twilio's document. It returns a problem for
// each documented member that is missing in the response, or in a record of the list
// in the response. It does so because the documents do not declare any member as
// required.
func (x exchange) incomplete(route *routers.Route) []string {
	declared := route.Operation.Responses.Status(x.status)
	if declared == nil || declared.Value.Content["application/json"] == nil {
		return nil
	}
	var body map[string]json.RawMessage
	if err := json.Unmarshal(x.response, &body); err != nil {
		return []string{"response: " + err.Error()}
	}
	schema := declared.Value.Content["application/json"].Schema.Value
	problems := lacks(schema, body)
	for name, member := range schema.Properties {
		var records []map[string]json.RawMessage
		if member.Value.Items == nil || json.Unmarshal(body[name], &records) != nil {
			continue
		}
		for _, r := range records {
			problems = append(problems, lacks(member.Value.Items.Value, r)...)
		}
	}
	return problems
}

func lacks(schema *openapi3.Schema, body map[string]json.RawMessage) []string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(schema.Properties)), func(name string) bool {
		return slices.Contains(optionalMembers, name)
	})
	return missing("response", body, names)
}

// checkError checks the four members of Twilio's error body.
func (x exchange) checkError() []string {
	if x.status >= http.StatusInternalServerError && strings.HasPrefix(x.header.Get("Content-Type"), "text/html") {
		return nil
	}
	var body struct {
		Code     *int    `json:"code"`
		Message  *string `json:"message"`
		MoreInfo *string `json:"more_info"`
		Status   *int    `json:"status"`
	}
	if err := json.Unmarshal(x.response, &body); err != nil {
		return []string{"error body: " + err.Error()}
	}
	if body.Code == nil || body.Message == nil || body.MoreInfo == nil || body.Status == nil || *body.Status != x.status {
		return []string{"error body lacks one of code, message, more_info, status"}
	}
	return nil
}

// isUsersAPI reports whether a path belongs to the Flex Users API, which the documents
// do not contain.
func isUsersAPI(path string) bool {
	return strings.HasPrefix(path, "/v4/Instances/") || strings.HasPrefix(path, "/v1/Instances/")
}

// checkUsersAPI checks a request to the Flex Users API and its response.
func (x exchange) checkUsersAPI() []string {
	var problems []string
	if x.request.Method == http.MethodPost {
		problems = x.checkUserRequest()
	}
	switch {
	case x.status == 0 || x.status == http.StatusNoContent && len(x.response) == 0:
		return problems
	case x.status >= http.StatusBadRequest:
		return append(problems, x.checkError()...)
	}
	var body map[string]json.RawMessage
	if err := json.Unmarshal(x.response, &body); err != nil {
		return append(problems, "response: "+err.Error())
	}
	members := []string{"flex_user_sid", "worker"}
	if strings.HasSuffix(x.request.URL.Path, "/Users") {
		members = []string{"users", "meta"}
	}
	return append(problems, missing("response", body, members)...)
}

func (x exchange) checkUserRequest() []string {
	var problems []string
	if t := x.request.Header.Get("Content-Type"); !strings.HasPrefix(t, "application/json") {
		problems = append(problems, "request: Content-Type "+t+" is not application/json")
	}
	var body map[string]json.RawMessage
	if err := json.Unmarshal(x.body, &body); err != nil {
		return append(problems, "request: "+err.Error())
	}
	if strings.HasSuffix(x.request.URL.Path, "/Deprovision") {
		return append(problems, missing("request", body, []string{"flex_user_sid"})...)
	}
	return append(problems, missing("request", body, []string{"username", "email", "full_name", "roles"})...)
}

func missing(where string, body map[string]json.RawMessage, members []string) []string {
	var problems []string
	for _, name := range members {
		if _, ok := body[name]; !ok {
			problems = append(problems, where+" lacks "+name)
		}
	}
	return problems
}
