package scimhttp_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/directory"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim/scimhttp"
)

// mostShown is the maximum number of members, or of groups of users, on one page of
// these tests.
const mostShown = 6

// smallPages opens two services on the same data. The pages of the first one are
// limited to a few members and bytes.
func smallPages(t *testing.T, engine store.Engine) (small, large *service) {
	t.Helper()
	address, conn := storetest.URL(t, engine), store.Connection{ID: "aaaaaaaaaaaaaaaaaaaaaaaaaa", Name: "okta"}
	large = open(t, scimhttp.Config{Directory: directory.New(storetest.OpenConfig(t, store.Config{URL: address}), conn)})
	small = open(t, scimhttp.Config{Directory: directory.New(storetest.OpenConfig(t, store.Config{
		URL: address, MaxPageBytes: 600, MaxPageMembers: mostShown,
	}), conn)})
	var users []string
	for i := range 14 {
		a := large.must(201, "POST", "/Users", fmt.Sprintf(`{"userName":"u%02d","displayName":"%c","title":%q}`, i*5%14, 'a'+i%3, strings.Repeat("t", i*7%5*120)+"t"))
		users = append(users, a.at("id").(string))
	}
	var group string
	for i := range 9 {
		members := []string{}
		for _, id := range users[:i*4%9] {
			members = append(members, fmt.Sprintf(`{"value":%q}`, id))
		}
		if i == 8 { // a group in a group
			members = append(members, fmt.Sprintf(`{"value":%q}`, group))
		}
		a := large.must(201, "POST", "/Groups", fmt.Sprintf(`{"displayName":"g%d","members":[%s]}`, i*4%9, strings.Join(members, ",")))
		if i == 5 {
			group = a.at("id").(string)
		}
	}
	return small, large
}

// page is a page of a list.
type page struct {
	ids []string
	a   answer

	of, shown map[string]int // :: resource type → number of resources, and how many members or groups they show
}

func (s *service) page(path string, query url.Values) page {
	s.t.Helper()
	p := page{a: s.must(200, "GET", path+"?"+query.Encode(), ""), of: map[string]int{}, shown: map[string]int{}}
	resources, _ := p.a.at("Resources").([]any)
	for _, r := range resources {
		one := answer{body: r}
		p.ids = append(p.ids, one.at("id").(string))
		members, _ := one.at("members").([]any)
		groups, _ := one.at("groups").([]any)
		kind := one.at("meta", "resourceType").(string)
		p.of[kind]++
		p.shown[kind] += len(members) + len(groups)
	}
	return p
}

// byIndex reads a list page by page, with the parameter startIndex.
func (s *service) byIndex(path string, query url.Values) (pages []page) {
	s.t.Helper()
	for start := 1; ; {
		query.Set("startIndex", fmt.Sprint(start))
		p := s.page(path, query)
		if len(p.ids) == 0 {
			return pages
		}
		pages = append(pages, p)
		start += len(p.ids)
		if got := fmt.Sprint(p.a.at("itemsPerPage")); got != fmt.Sprint(len(p.ids)) {
			s.t.Fatalf("%s %s: got itemsPerPage %s on a page of %d", path, query, got, len(p.ids))
		}
	}
}

// byCursor reads a list page by page, beginning at a cursor. The argument `next` is
// the attribute with the cursor of the following page: nextCursor or
// previousCursor.
func (s *service) byCursor(path string, query url.Values, from, next string) (pages []page) {
	s.t.Helper()
	for {
		query.Set("cursor", from)
		p := s.page(path, query)
		pages = append(pages, p)
		cursor, more := p.a.at(next).(string)
		if !more {
			return pages
		}
		if from = cursor; len(p.ids) == 0 {
			s.t.Fatalf("%s %s: an empty page with a cursor", path, query)
		}
	}
}

// TestSmallPages checks that a page has fewer resources than requested if it would
// have too many members or bytes, and that paging by index and by cursor still
// returns every resource once, in both directions.
func TestSmallPages(t *testing.T) {
	t.Parallel()
	for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			small, large := smallPages(t, engine)
			group := large.must(200, "GET", "/Groups?filter=displayName+eq+%22g2%22", "").at("Resources", 0, "id").(string)
			for _, list := range []string{
				"/Users", "/Users?sortBy=userName", "/Users?sortBy=displayName&sortOrder=descending", "/Users?sortBy=title",
				"/Users?filter=title+co+%22t%22", "/Users?filter=title+co+%22t%22&sortBy=userName", "/Users?filter=userName+sw+%22u0%22",
				"/Users?filter=groups.value+eq+%22" + group + "%22",
				"/Groups", "/Groups?sortBy=displayName", "/Groups?filter=displayName+co+%22g%22&sortBy=displayName&sortOrder=descending",
				"/", "/?sortBy=displayName", "/?sortBy=meta.created", "/?sortBy=meta.resourceType",
			} {
				checkSmallPages(t, small, large, list)
			}
		})
	}
}

func checkSmallPages(t *testing.T, small, large *service, list string) {
	t.Helper()
	path, query, _ := strings.Cut(list, "?")
	parameters := func() url.Values {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		q.Set("count", "1000")
		return q
	}
	want := large.page(path, parameters()).ids
	forwards := small.byCursor(path, parameters(), "", "nextCursor")
	ways := map[string][]page{"by index": small.byIndex(path, parameters()), "forwards": forwards}
	if last := forwards[len(forwards)-1]; len(forwards) > 1 {
		backwards := small.byCursor(path, parameters(), last.a.at("previousCursor").(string), "previousCursor")
		slices.Reverse(backwards)
		ways["backwards"] = append(backwards, last)
	} else {
		t.Errorf("%s: everything is on one page, so the test proves nothing", list)
	}
	for way, pages := range ways {
		var got []string
		for _, p := range pages {
			got = append(got, p.ids...)
			for kind, shown := range p.shown {
				if p.of[kind] > 1 && shown > mostShown {
					t.Errorf("%s %s: a %s page shows %d members or groups, want at most %d", list, way, kind, shown, mostShown)
				}
			}
			if text := len(p.a.text); len(p.ids) > 1 && text > 20_000 {
				t.Errorf("%s %s: a page has %d bytes", list, way, text)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s %s: got %d resources on %d pages, want %d\n%v\n%v", list, way, len(got), len(pages), len(want), got, want)
		}
	}
}
