package scim

// MaxFilterTerms is the maximum number of comparisons in a Query's filter, because
// PostgreSQL takes seconds to plan a query with 128 comparisons. FilterLimits can
// set a lower maximum.
const MaxFilterTerms = 64

// Filter is a filter expression (RFC 7644 §3.4.2.2): And, Or, Not, Compare or
// Element. All names in it are canonical.
//
//sumtype:decl
type Filter interface{ filter() }

// CompareOp is an attribute operator of RFC 7644 §3.4.2.2, in lower case.
type CompareOp string

// The operators of RFC 7644, table 3.
const (
	Eq CompareOp = "eq"
	Ne CompareOp = "ne"
	Co CompareOp = "co"
	Sw CompareOp = "sw"
	Ew CompareOp = "ew"
	Pr CompareOp = "pr"
	Gt CompareOp = "gt"
	Ge CompareOp = "ge"
	Lt CompareOp = "lt"
	Le CompareOp = "le"
)

// And is true if all its terms are true.
type And []Filter

// Or is true if at least one of its terms is true.
type Or []Filter

// Not is true if its term is false.
type Not struct{ Term Filter }

// Element is true if its filter is true for a single element of a multi-valued
// attribute: emails[type eq "work" and value eq "a@x.io"].
type Element struct {
	URN    string
	Attr   string
	Filter Filter
}

// Compare compares one attribute with a literal: string, bool, json.Number or
// nil. In the filter of an Element or a Path, Attr is the sub-attribute, and
// Sub is empty.
type Compare struct {
	URN   string
	Attr  string
	Sub   string
	Op    CompareOp
	Value any
}

func (And) filter()     {}
func (Or) filter()      {}
func (Not) filter()     {}
func (Compare) filter() {}
func (Element) filter() {}
