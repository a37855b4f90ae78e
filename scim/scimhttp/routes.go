package scimhttp

import (
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// action is the kind of work that an operation does.
type action int

const (
	doCreate  action = iota + 1 // POST (RFC 7644 §3.3)
	doGet                       // GET by id (§3.4.1)
	doGetMe                     // GET /Me (§3.11)
	doList                      // GET of a collection, or of the root (§3.4.2)
	doSearch                    // POST .search (§3.4.3)
	doReplace                   // PUT (§3.5.1)
	doPatch                     // PATCH (§3.5.2)
	doDelete                    // DELETE (§3.6)
	doBulk                      // POST /Bulk (§3.7)
)

// methods describes the HTTP methods that a path supports.
type methods struct {
	actions map[string]action // :: method → its action
	allow   string            // value of the header Allow
}

var (
	ofCollection = &methods{map[string]action{"GET": doList, "HEAD": doList, "POST": doCreate}, "GET, HEAD, POST, OPTIONS"}
	ofResource   = &methods{map[string]action{"GET": doGet, "HEAD": doGet, "PUT": doReplace, "PATCH": doPatch, "DELETE": doDelete},
		"GET, HEAD, PUT, PATCH, DELETE, OPTIONS"}
	ofList   = &methods{map[string]action{"GET": doList, "HEAD": doList}, "GET, HEAD, OPTIONS"} // the root, roles, entitlements
	ofGrant  = &methods{map[string]action{"GET": doGet, "HEAD": doGet}, "GET, HEAD, OPTIONS"}
	ofMe     = &methods{map[string]action{"GET": doGetMe, "HEAD": doGetMe}, "GET, HEAD, OPTIONS"}
	ofSearch = &methods{map[string]action{"POST": doSearch}, "POST, OPTIONS"}
	ofBulk   = &methods{map[string]action{"POST": doBulk}, "POST, OPTIONS"}
	nothing  = &methods{} // no such address
)

// hasBody reports whether the action needs the body of the request.
func (a action) hasBody() bool {
	switch a {
	case doCreate, doReplace, doPatch, doSearch, doBulk:
		return true
	case doGet, doGetMe, doList, doDelete:
	}
	return false
}

// target is the collection, resource or endpoint that a path names.
type target struct {
	takes *methods
	kind  *kind   // the resource type; nil if the path is for all types or for none
	id    scim.ID // of a single resource
}

// target returns the target of a path below the base URL.
func (h *handler) target(path string) target {
	switch path {
	case "":
		return target{takes: ofList}
	case "/.search":
		return target{takes: ofSearch}
	case "/Bulk":
		return target{takes: ofBulk}
	case mePath:
		return target{takes: ofMe, kind: h.users}
	}
	relative, absolute := strings.CutPrefix(path, "/")
	collection, id, single := strings.Cut(relative, "/")
	t := target{takes: ofCollection, kind: h.kind(collection)}
	switch {
	case !absolute || t.kind == nil:
		t.takes = nothing
	case id == ".search":
		t.takes = ofSearch
	case single && t.kind.readOnly:
		t.takes, t.id = ofGrant, scim.ID(id)
	case single:
		t.takes, t.id = ofResource, scim.ID(id)
	case t.kind.readOnly:
		t.takes = ofList
	}
	return t
}

func (h *handler) kind(collection string) *kind {
	switch collection {
	case "Users":
		return h.users
	case "Groups":
		return h.groups
	}
	for _, k := range h.grants {
		if k.types.Endpoint[1:] == collection {
			return k
		}
	}
	return nil
}

// nothingAt returns the 404 for a path that does not exist.
func nothingAt(path string) *scim.Error {
	for _, list := range []string{schemasPath, typesPath} {
		if strings.HasPrefix(path, list) {
			return refusal.DocumentUnknown.New(strings.TrimSuffix(list, "/"))
		}
	}
	return refusal.AddressUnknown.New()
}
