package scim

// MaxFilterTerms is the most comparisons that any filter may have: whoever asks
// for more is refused. Who parses filters may take fewer. PostgreSQL plans
// twice as many for seconds.
const MaxFilterTerms = 64

// Filter is a parsed filter expression (RFC 7644 §3.4.2.2): And, Or, Not,
// Compare or Element. Names in it are canonical.
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

// And is true if all of its terms are.
type And []Filter

// Or is true if one of its terms is.
type Or []Filter

// Not turns its term round.
type Not struct{ Term Filter }

// Element is true if one and the same element of a multi-valued attribute
// makes the filter in it true: emails[type eq "work" and value eq "a@x.io"].
type Element struct {
	URN    string
	Attr   string
	Filter Filter
}

// Compare compares one attribute with a literal: string, bool, json.Number or
// nil. Inside a value filter, be it an Element's or a Path's, Attr is the
// sub-attribute, Sub is empty.
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
