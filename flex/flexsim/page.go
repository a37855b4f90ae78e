package flexsim

import (
	"encoding/json"
	"hash/crc32"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/flex/flexsim/internal/account"
)

// meta is the member "meta" of a list in Twilio's JSON. It describes the page.
type meta struct {
	Page     int     `json:"page"`
	PageSize int     `json:"page_size"`
	First    string  `json:"first_page_url"`
	Previous *string `json:"previous_page_url"` // always null
	Next     *string `json:"next_page_url"`
	URL      string  `json:"url"`
	Key      string  `json:"key"`
}

// list returns a response with the requested page of a list. The function get
// returns the items of the page, and the function show converts each item to its
// JSON form.
func list[T, U any](s *Simulator, c *call, key string,
	get func(account.PageRequest) (account.Page[T], error), show func(*call, T) U,
) (response, error) {
	req, err := s.page(c)
	if err != nil {
		return response{}, err
	}
	found, err := get(req)
	if err != nil {
		return response{}, err
	}
	m := meta{Page: found.Number, PageSize: req.Size, Key: key}
	m.First = c.pageURL(req.Size, 0, "")
	m.URL = c.pageURL(req.Size, found.Number, req.Token)
	if found.Next != "" {
		next := s.nextPageBase(c) + strings.TrimPrefix(c.pageURL(req.Size, found.Number+1, found.Next), c.base)
		m.Next = &next
	}
	shown := showAll(c, found.Items, show)
	a := response{status: http.StatusOK, body: map[string]any{key: shown, "meta": m}}
	if key == "workers" || key == "reservations" {
		a.etag = s.account.ETag(fingerprint(shown))
	}
	return a, nil
}

// listAll returns a response with the requested page of items, a list that never
// changes.
func listAll[T, U any](s *Simulator, c *call, key string, items []T, show func(*call, T) U) (response, error) {
	get := func(req account.PageRequest) (account.Page[T], error) { return account.PageOf(items, req) }
	return list(s, c, key, get, show)
}

func showAll[T, U any](c *call, items []T, show func(*call, T) U) []U {
	shown := make([]U, 0, len(items))
	for _, item := range items {
		shown = append(shown, show(c, item))
	}
	return shown
}

// nextPageBase returns the scheme and host of next_page_url in the form that the
// option next_page_url selects.
func (s *Simulator) nextPageBase(c *call) string {
	host := "flex-api.twilio.com"
	if strings.HasPrefix(c.r.URL.Path, "/v1/Workspaces/") {
		host = "taskrouter.twilio.com"
	}
	switch s.opt.Load().NextPageURL {
	case "port":
		return "https://" + host + ":443"
	case "capitals":
		return "HTTPS://" + strings.ToUpper(host)
	case "relative":
		return ""
	case "http":
		return "http://" + host
	}
	return c.base
}

// fingerprint returns the checksum of a list, from which the list's ETag is made.
func fingerprint(shown any) int {
	text, err := json.Marshal(shown)
	if err != nil {
		panic("flexsim: a list that is no JSON: " + err.Error())
	}
	return int(crc32.ChecksumIEEE(text))
}

// pageURL returns the URL of a page of the requested list, with the filters of the
// request.
func (c *call) pageURL(size, number int, token string) string {
	q := maps.Clone(c.values)
	q.Set("PageSize", strconv.Itoa(size))
	q.Set("Page", strconv.Itoa(number))
	q.Del("PageToken")
	if token != "" {
		q.Set("PageToken", token)
	}
	return c.base + c.r.URL.Path + "?" + q.Encode()
}
