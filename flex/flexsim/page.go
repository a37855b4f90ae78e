package flexsim

import (
	"maps"
	"net/http"
	"strconv"

	"github.com/flexscim/flexscim/flex/flexsim/internal/account"
)

// meta is how Twilio says where a page stands.
type meta struct {
	Page     int     `json:"page"`
	PageSize int     `json:"page_size"`
	First    string  `json:"first_page_url"`
	Previous *string `json:"previous_page_url"` // always null: pages go forward
	Next     *string `json:"next_page_url"`
	URL      string  `json:"url"`
	Key      string  `json:"key"`
}

// listPage returns a page of items under a key, each in the shape that show gives.
func listPage[T any](c *call, key string, req account.PageRequest, s account.Page[T], show func(T) any) answer {
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
	return answer{status: http.StatusOK, body: map[string]any{key: items, "meta": m}}
}

// listAll returns a list that never changes under the client.
func listAll[T any](s *Simulator, c *call, key string, items []T, show func(T) any) (answer, error) {
	req, err := s.page(c)
	if err != nil {
		return answer{}, err
	}
	part, err := account.PageOf(items, req)
	if err != nil {
		return answer{}, account.Invalid("%v", err)
	}
	return listPage(c, key, req, part, show), nil
}

// pageURL is this list's URL, with its filters, at a page.
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
