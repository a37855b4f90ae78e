package scimhttp

import (
	"net/url"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// order reads sortBy and sortOrder (RFC 7644 §3.4.2.3). A sortOrder alone
// says nothing.
func order(k *kind, query url.Values) (scim.Sort, error) {
	t, by := k.types, strings.TrimSpace(query.Get("sortBy"))
	if by == "" {
		return scim.Sort{}, nil
	}
	path, ok := scim.ParseAttribute(t, by)
	if ok {
		path, ok = t.Sortable(path)
	}
	if path.IsAddress() && !k.fixed { // one is in the order of its ids
		path = identified(path)
	}
	if !ok || path.IsAddress() || path.Attr == "members" {
		return scim.Sort{}, refusal.SortUnknown.New(t.Name, clip(nameOnly(by)))
	}
	switch sortOrder := query.Get("sortOrder"); strings.ToLower(sortOrder) {
	case "", "ascending":
		return scim.Sort{By: path}, nil
	case "descending":
		return scim.Sort{By: path, Descending: true}, nil
	default:
		return scim.Sort{}, refusal.SortOrderUnknown.New()
	}
}

// nameOnly is a path up to its value filter, which may hold what is nobody's
// business.
func nameOnly(path string) string {
	name, _, _ := strings.Cut(path, "[")
	return name
}

// ofType is the path of what is the same for all resources of a type.
var ofType = scim.Path{Attr: "meta", Sub: "resourceType"}

// identified is the path of the id from which an answer makes an address.
func identified(p scim.Path) scim.Path {
	if p.Attr == "meta" {
		return scim.Path{Attr: "id"}
	}
	p.Sub = "value"
	return p
}
