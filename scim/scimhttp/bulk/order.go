package bulk

import (
	"net/http"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// prefix is the start of each reference to a resource that another operation of the
// request creates (RFC 7644 §3.7.2).
const prefix = "bulkId:"

// order is the order in which the operations of a request are executed.
type order struct {
	byID     map[string]int // :: bulkId → the POST that has it
	needs    [][]int        // :: operation → the POSTs that it refers to
	sequence []int          // indexes of the operations; an operation comes after the POSTs to which it refers
}

// newOrder returns the order in which to execute the operations. It is the order of
// the request, with one exception: if an operation refers to a later POST, it comes
// directly after this POST. newOrder marks operations in a circle of references as
// refused, and puts them at the end.
func newOrder(ops []Operation) order {
	o := order{byID: map[string]int{}, needs: make([][]int, len(ops))}
	for i, op := range ops {
		if _, taken := o.byID[op.BulkID]; op.creates() && !taken {
			o.byID[op.BulkID] = i
		}
	}
	waiting := make([]int, len(ops))      // :: operation → number of POSTs to which it refers and that are not yet in the sequence
	dependents := make([][]int, len(ops)) // :: POST → the operations that refer to it
	for i := range ops {
		o.findNeeds(&ops[i], i)
		waiting[i] = len(o.needs[i])
		for _, need := range o.needs[i] {
			dependents[need] = append(dependents[need], i)
		}
	}
	for i := range ops {
		if waiting[i] == 0 {
			o.add(i, i, waiting, dependents)
		}
	}
	o.refuseCircles(ops, waiting)
	return o
}

// add appends operation i to the sequence. Then it appends each operation that
// waited only for operation i, if the index of this operation is less than the
// argument `now`.
func (o *order) add(i, now int, waiting []int, dependents [][]int) {
	o.sequence = append(o.sequence, i)
	for _, d := range dependents[i] {
		if waiting[d]--; waiting[d] == 0 && d < now {
			o.add(d, now, waiting, dependents)
		}
	}
}

// findNeeds records the POSTs to which operation i refers. If the operation refers
// to an unknown bulkId, findNeeds marks it as refused.
func (o *order) findNeeds(op *Operation, i int) {
	if op.refused != nil {
		return
	}
	replaceReferences(op, func(id string) string {
		need, ok := o.byID[id]
		switch {
		case !ok:
			op.refused = refusal.BulkIDUnknown.New()
		case !slices.Contains(o.needs[i], need):
			o.needs[i] = append(o.needs[i], need)
		}
		return ""
	})
	if op.refused != nil {
		o.needs[i] = nil
	}
}

// refuseCircles marks as refused the operations that still wait for a POST, because
// their references form a circle (§3.7.1) or lead to a circle.
func (o *order) refuseCircles(ops []Operation, waiting []int) {
	for i := range ops {
		if waiting[i] > 0 {
			ops[i].refused = refusal.BulkIDCircle.New()
			o.needs[i] = nil
			o.sequence = append(o.sequence, i)
		}
	}
}

// replaceReferences calls the function f with every bulkId to which an operation
// refers. If the result of f is not "", it replaces the reference with this result.
func replaceReferences(op *Operation, f func(id string) string) {
	if before, id, found := strings.Cut(op.Path, "/"+prefix); found {
		id, rest, query := strings.Cut(id, "?")
		if now := f(id); now != "" {
			op.Path = before + "/" + now
			if query {
				op.Path += "?" + rest
			}
		}
	}
	replaceInValue(op.Data, f)
}

// replaceInValue replaces the references in a JSON value, and returns the value. It
// changes objects and lists in place.
func replaceInValue(value any, f func(id string) string) any {
	switch v := value.(type) {
	case string:
		if id, ok := strings.CutPrefix(v, prefix); ok {
			if now := f(id); now != "" {
				return now
			}
		}
	case []any:
		for i := range v {
			v[i] = replaceInValue(v[i], f)
		}
	case map[string]any:
		for key := range v {
			v[key] = replaceInValue(v[key], f)
		}
	}
	return value
}

// concurrent returns the number of operations at the head of the sequence that may
// run concurrently. The result is at most the argument limit.
func concurrent(ops []Operation, sequence []int, limit int) int {
	kind, _ := ops[sequence[0]].independence()
	if kind == "" {
		return 1
	}
	seen := map[string]bool{} // keys
	for n, i := range sequence[:min(limit, len(sequence))] {
		next, key := ops[i].independence()
		if next != kind || seen[key] {
			return n
		}
		seen[key] = true
	}
	return min(limit, len(sequence))
}

// independence returns the kind of an operation, and a key: the resource or name
// that the operation affects. Operations of one kind with different keys are
// independent. The kind is "" if the operation must run alone, because it can free
// or take a unique name that another operation needs.
func (op *Operation) independence() (kind, key string) {
	collection, id, _ := strings.Cut(strings.TrimPrefix(op.path(), "/"), "/")
	kind = op.Method + " " + collection
	switch {
	case op.refused != nil:
		return "", ""
	case op.Method == http.MethodPost:
		name, given := op.Data[unique(collection)].(string)
		if !given || !isOnlyKey(op.Data, unique(collection)) {
			return "", ""
		}
		return kind, scim.Fold(name)
	case op.Method == http.MethodPut, namesUnique(op.Data):
		return "", ""
	}
	return kind, id
}

// unique returns the name of the attribute whose value must be unique in a
// collection (Users or Groups).
func unique(collection string) string {
	if collection == "Users" {
		return "userName"
	}
	return "displayName"
}

// isOnlyKey reports whether `name` is the only key of the object that can mean the
// attribute with this name. A key in another letter case, or with a URN before the
// name, can also mean this attribute.
func isOnlyKey(data map[string]any, name string) bool {
	for key := range data {
		if key != name && len(key) >= len(name) && strings.EqualFold(key[len(key)-len(name):], name) {
			return false
		}
	}
	return true
}

// namesUnique reports whether a key or a string in the data of an operation can be
// the path of a unique attribute.
func namesUnique(value any) bool {
	switch v := value.(type) {
	case string:
		return isUnique(v)
	case []any:
		return slices.ContainsFunc(v, namesUnique)
	case map[string]any:
		for key, value := range v {
			if isUnique(key) || namesUnique(value) {
				return true
			}
		}
	}
	return false
}

// isUnique reports whether a key or a path ends with `userName` or `displayName`,
// in any letter case.
func isUnique(s string) bool {
	s = strings.ToLower(s)
	return strings.HasSuffix(s, "username") || strings.HasSuffix(s, "displayname")
}
