package expr

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// holds reports whether the comparison of two values with the operator op is true.
// The value nil means that a key is missing.
func holds(op string, left, right any) bool {
	if left == nil || right == nil {
		return op == "!=" || op == "NOT IN"
	}
	switch op {
	case "HAS":
		return hasList(left, right) && contains(left, right)
	case "IN":
		return hasList(right, left) && contains(right, left)
	case "NOT IN":
		return hasList(right, left) && !contains(right, left)
	}
	return scalar(op, left, right)
}

// scalar compares two scalars with the operator op. If a value is a list or an
// object, it returns false.
func scalar(op string, left, right any) bool {
	if !isScalar(left) || !isScalar(right) {
		return false
	}
	if op == "CONTAINS" {
		l, lok := left.(string)
		r, rok := right.(string)
		return lok && rok && strings.Contains(l, r)
	}
	return ordered(op, left, right)
}

// hasList reports whether the argument list is a JSON array and the argument item
// is not.
func hasList(list, item any) bool { return isList(list) && !isList(item) }

func ordered(op string, left, right any) bool {
	order, comparable := order(left, right)
	if !comparable {
		return op == "!="
	}
	switch op {
	case "==":
		return order == 0
	case "!=":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	default: // ">="
		return order >= 0
	}
}

// order compares two scalars. Values of different types are not comparable.
func order(left, right any) (order int, comparable bool) {
	switch l := left.(type) {
	case string:
		r, ok := right.(string)
		return cmp.Compare(l, r), ok
	case bool:
		r, ok := right.(bool)
		if l == r {
			return 0, ok
		}
		return 1, ok
	}
	l, lok := float(left)
	r, rok := float(right)
	return cmp.Compare(l, r), lok && rok
}

func float(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

func isList(v any) bool { _, ok := v.([]any); return ok }

func isScalar(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return false
	}
	return true
}

func contains(list, v any) bool {
	l, _ := list.([]any)
	return slices.ContainsFunc(l, func(each any) bool {
		order, comparable := order(each, v)
		return comparable && order == 0
	})
}
