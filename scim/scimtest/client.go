package scimtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Client sends SCIM requests with a bearer token.
type Client struct {
	URL   string       // base URL of the service, such as http://127.0.0.1:8080/scim/v2
	Token string       // bearer token
	HTTP  *http.Client // nil means http.DefaultClient
}

// Answer is a response.
type Answer struct {
	Status int
	Header http.Header
	Body   map[string]any // the decoded body, with numbers as json.Number; nil if the body is not a JSON object
	Text   string         // the body as text
}

// ID returns the id of the resource in the response. If the response contains no
// resource, ID returns "".
func (a Answer) ID() string {
	id, _ := a.Body["id"].(string)
	return id
}

// Found returns the id of the first resource in a list response. If the list is
// empty, Found returns "".
func (a Answer) Found() string {
	list, _ := a.Body["Resources"].([]any)
	if len(list) == 0 {
		return ""
	}
	id, _ := member(list[0], "id").(string)
	return id
}

func member(object any, name string) any {
	m, _ := object.(map[string]any)
	return m[name]
}

// Do sends one request. The argument body is a string, or a value that Do encodes
// as JSON, or nil for no body. In the argument header, each name of a header is
// followed by its value. If there is a response, Do returns it as an Answer,
// whatever its status is. If there is no response, Do returns an error.
func (c Client) Do(ctx context.Context, method, path string, body any, header ...string) (Answer, error) {
	text, err := encode(body)
	if err != nil {
		return Answer{}, err
	}
	r, err := http.NewRequestWithContext(ctx, method, c.URL+path, strings.NewReader(text))
	if err != nil {
		return Answer{}, fmt.Errorf("make request %s %s: %w", method, path, err)
	}
	r.Header.Set("Authorization", "Bearer "+c.Token)
	if text != "" {
		r.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	web := c.HTTP
	if web == nil {
		web = http.DefaultClient
	}
	res, err := web.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	return read(res)
}

func encode(body any) (string, error) {
	switch body := body.(type) {
	case nil:
		return "", nil
	case string:
		return body, nil
	}
	text, err := json.Marshal(body)
	if err != nil {
		return "", fmt.Errorf("encode the body: %w", err)
	}
	return string(text), nil
}

func read(res *http.Response) (Answer, error) {
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return Answer{}, fmt.Errorf("read the answer: %w", err)
	}
	a := Answer{Status: res.StatusCode, Header: res.Header, Text: string(text)}
	d := json.NewDecoder(strings.NewReader(a.Text))
	d.UseNumber()
	if d.Decode(&a.Body) != nil {
		a.Body = nil
	}
	return a, nil
}

// filter returns the path and query for a list of resources with the filter
// `attribute eq "value"`.
func filter(resource, attribute, value string) string {
	quoted, _ := json.Marshal(value) // a string always encodes
	return resource + "?filter=" + url.QueryEscape(attribute+" eq "+string(quoted))
}

const (
	urnPatch = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	urnEntra = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
)

type object = map[string]any

func patch(ops ...object) object {
	return object{"schemas": []string{urnPatch}, "Operations": ops}
}
