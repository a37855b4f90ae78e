package flexhttp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strings"
)

// maxPages is the largest number of pages that the client reads from one list. It
// prevents endless loops.
const maxPages = 10_000

// list describes one of Twilio's lists: the name of the call, the JSON key of the
// records, and a function that requests the first page.
type list struct {
	op    string
	key   string
	first func(*call) error
}

// page is one page of a list.
// Source: https://www.twilio.com/docs/usage/twilios-response#response-formats-list-paging-information
type page struct {
	Meta struct {
		Next *string `json:"next_page_url"`
	} `json:"meta"`
}

// walk yields the records of a list and keeps only one page in memory. Each page
// contains the URL of the next page. After an error, walk yields nothing more, and
// the list is incomplete.
func walk[T any](ctx context.Context, t *TaskRouter, l list) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		call := t.newCall(ctx, l.op, reads)
		err := l.first(call)
		seen := map[string]bool{}
		for range maxPages {
			if err != nil {
				yield(none, err)
				return
			}
			records, next, err2 := readPage[T](call, l.key)
			if err2 != nil {
				yield(none, err2)
				return
			}
			for _, r := range records {
				if !yield(r, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			err = call.follow(next, seen)
		}
		yield(none, call.invalidResponse("has no last page"))
	}
}

func readPage[T any](c *call, key string) (records []T, next string, err error) {
	raw, err := decode[map[string]json.RawMessage](c)
	if err != nil {
		return nil, "", err
	}
	p, err := decode[page](c)
	if err != nil {
		return nil, "", err
	}
	if len(raw[key]) == 0 || raw[key][0] != '[' {
		return nil, "", c.invalidResponse(fmt.Sprintf("has no list of %s", key))
	}
	if json.Unmarshal(raw[key], &records) != nil {
		return nil, "", c.invalidResponse(fmt.Sprintf("has a list of %s that Twilio does not document", key))
	}
	if p.Meta.Next != nil {
		next = *p.Meta.Next
	}
	return records, next, nil
}

// follow requests the next page. The argument next comes from the response. The request
// carries our credentials, so it goes to the host of this call, and only the query of
// next is used.
func (c *call) follow(next string, seen map[string]bool) error {
	page, err := c.nextPage(next)
	if err != nil {
		return c.fail(c.lostKind(false), err)
	}
	if seen[page.RawQuery] {
		return c.invalidResponse("names a page that we have read")
	}
	seen[page.RawQuery] = true
	return closeBody(c.handler().Get(page.String(), nil, nil, ""))
}

// nextPage returns the URL of this call with the query of a next_page_url, which can be
// relative. It refuses a next_page_url of another list, or of a host that is neither
// Twilio's nor that of this call.
func (c *call) nextPage(next string) (*url.URL, error) {
	u, err := c.url.Parse(next)
	if err != nil || u.User != nil {
		return nil, errors.New("the next page has a malformed URL")
	}
	if u.Path != c.url.Path {
		return nil, errors.New("the next page is of another list")
	}
	if host := strings.ToLower(u.Hostname()); !strings.HasSuffix(host, ".twilio.com") && host != strings.ToLower(c.url.Hostname()) {
		return nil, errors.New("the next page is on a foreign host")
	}
	page := *c.url
	page.RawQuery = u.RawQuery
	return &page, nil
}
