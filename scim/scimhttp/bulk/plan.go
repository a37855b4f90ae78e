package bulk

import (
	"net/http"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// prefix starts a reference to what another operation makes (RFC 7644
// §3.7.2).
const prefix = "bulkId:"

// plan is the order of a request's operations.
type plan struct {
	byID  map[string]int // :: bulkId → the POST that has it
	needs [][]int        // :: operation → the POSTs that it refers to
	order []int          // operations; what is referred to comes first
}

// newPlan orders the operations: as they came, but one that refers to a later
// one comes right behind it. Operations that can have no place are refused,
// and come last.
func newPlan(ops []Operation) plan {
	p := plan{byID: map[string]int{}, needs: make([][]int, len(ops))}
	for i, op := range ops {
		if _, taken := p.byID[op.BulkID]; op.makes() && !taken {
			p.byID[op.BulkID] = i
		}
	}
	waiting := make([]int, len(ops))      // :: operation → how many of its needs have no place yet
	dependents := make([][]int, len(ops)) // :: POST → who needs it
	for i := range ops {
		p.refer(&ops[i], i)
		waiting[i] = len(p.needs[i])
		for _, need := range p.needs[i] {
			dependents[need] = append(dependents[need], i)
		}
	}
	for i := range ops {
		if waiting[i] == 0 {
			p.place(i, i, waiting, dependents)
		}
	}
	p.leftOver(ops, waiting)
	return p
}

// place puts an operation behind the others, and behind it those up to now
// that waited for nothing else.
func (p *plan) place(i, now int, waiting []int, dependents [][]int) {
	p.order = append(p.order, i)
	for _, d := range dependents[i] {
		if waiting[d]--; waiting[d] == 0 && d < now {
			p.place(d, now, waiting, dependents)
		}
	}
}

// refer notes what an operation refers to.
func (p *plan) refer(op *Operation, i int) {
	if op.refused != nil {
		return
	}
	each(op, func(id string) string {
		need, ok := p.byID[id]
		switch {
		case !ok:
			op.refused = refusal.BulkIDUnknown.New()
		case !slices.Contains(p.needs[i], need):
			p.needs[i] = append(p.needs[i], need)
		}
		return ""
	})
	if op.refused != nil {
		p.needs[i] = nil
	}
}

// leftOver refuses what waits for itself (§3.7.1).
func (p *plan) leftOver(ops []Operation, waiting []int) {
	for i := range ops {
		if waiting[i] > 0 {
			ops[i].refused = refusal.BulkIDCircle.New()
			p.needs[i] = nil
			p.order = append(p.order, i)
		}
	}
}

// each calls f with every bulkId that an operation refers to, and puts what f
// answers in its place, unless that is "".
func each(op *Operation, f func(id string) string) {
	if before, id, found := strings.Cut(op.Path, "/"+prefix); found {
		id, rest, query := strings.Cut(id, "?")
		if now := f(id); now != "" {
			op.Path = before + "/" + now
			if query {
				op.Path += "?" + rest
			}
		}
	}
	eachValue(op.Data, f)
}

// eachValue walks through data and answers what has to stand in its place.
func eachValue(value any, f func(id string) string) any {
	switch v := value.(type) {
	case string:
		if id, ok := strings.CutPrefix(v, prefix); ok {
			if now := f(id); now != "" {
				return now
			}
		}
	case []any:
		for i := range v {
			v[i] = eachValue(v[i], f)
		}
	case map[string]any:
		for key := range v {
			v[key] = eachValue(v[key], f)
		}
	}
	return value
}

// group answers how many operations at the head of order may run at once, at
// most so many.
func group(ops []Operation, order []int, most int) int {
	kind, _ := ops[order[0]].alike()
	if kind == "" {
		return 1
	}
	seen := map[string]bool{} // :: key → an operation of the group has it
	for n, i := range order[:min(most, len(order))] {
		next, key := ops[i].alike()
		if next != kind || seen[key] {
			return n
		}
		seen[key] = true
	}
	return min(most, len(order))
}

// alike says what an operation does, and to which one. Operations of one kind
// with different keys do not touch each other. The kind is "" where nothing
// may run beside the operation: a new name may be free only after the one
// before, or before the one after.
func (op *Operation) alike() (kind, key string) {
	collection, id, _ := strings.Cut(strings.TrimPrefix(op.where(), "/"), "/")
	kind = op.Method + " " + collection
	switch {
	case op.refused != nil:
		return "", ""
	case op.Method == http.MethodPost:
		name, given := op.Data[unique(collection)].(string)
		if !given || !alone(op.Data, unique(collection)) {
			return "", ""
		}
		return kind, scim.Fold(name)
	case op.Method == http.MethodPut, names(op.Data):
		return "", ""
	}
	return kind, id
}

// unique is the attribute whose values are unique in a collection.
func unique(collection string) string {
	if collection == "Users" {
		return "userName"
	}
	return "displayName"
}

// alone says that no other key could mean the same attribute.
func alone(data map[string]any, name string) bool {
	for key := range data {
		if key != name && len(key) >= len(name) && strings.EqualFold(key[len(key)-len(name):], name) {
			return false
		}
	}
	return true
}

// names says whether something in a PATCH names a unique attribute.
func names(value any) bool {
	switch v := value.(type) {
	case string:
		return isName(v)
	case []any:
		return slices.ContainsFunc(v, names)
	case map[string]any:
		for key, value := range v {
			if isName(key) || names(value) {
				return true
			}
		}
	}
	return false
}

// isName says whether a key or a path ends in the name of a unique attribute.
func isName(s string) bool {
	s = strings.ToLower(s)
	return strings.HasSuffix(s, "username") || strings.HasSuffix(s, "displayname")
}
