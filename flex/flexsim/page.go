package flexsim

import (
	"maps"
	"net/http"
	"strconv"

	"github.com/flexscim/flexscim/flex/flexsim/internal/account"
)

// meta is Twilio's description of a page.
type meta struct {
	Page     int     `json:"page"`
	PageSize int     `json:"page_size"`
	First    string  `json:"first_page_url"`
	Previous *string `json:"previous_page_url"` // always null
	Next     *string `json:"next_page_url"`
	URL      string  `json:"url"`
	Key      string  `json:"key"`
}

// listPage returns a page of items, each as show returns it, under a key.
func listPage[T any](c *call, key string, req account.PageRequest, s account.Page[T], show func(T) any) response {
	items := make([]any, 0, len(s.Items))
	for _, item := range s.Items {
		items = append(items, show(item))
	}
	m := meta{Page: s.Number, PageSize: req.Size, Key: key}
	m.First = c.pageURL(req.Size, 0, "")
	m.URL = c.pageURL(req.Size, s.Number, req.Token)
	if s.Next != "" {
		next := c.pageURL(req.Size, s.Number+1, s.Next)
		m.Next = &next
	}
	return response{status: http.StatusOK, body: map[string]any{key: items, "meta": m}}
}

// listAll returns a page of a list that never changes.
func listAll[T any](s *Simulator, c *call, key string, items []T, show func(T) any) (response, error) {
	req, err := s.page(c)
	if err != nil {
		return response{}, err
	}
	part, err := account.PageOf(items, req)
	if err != nil {
		return response{}, account.Invalid("%v", err)
	}
	return listPage(c, key, req, part, show), nil
}

// pageURL returns the URL of a page of this list, with its filters.
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
