package scim

// OpKind is the verb of a PATCH operation (RFC 7644 §3.5.2).
type OpKind string

// The three verbs.
const (
	Add     OpKind = "add"
	Replace OpKind = "replace"
	Remove  OpKind = "remove"
)

// Op is one PATCH operation, parsed, names canonical, its value coerced to
// the schema's type. A zero Path means that the value is an object of
// attributes.
type Op struct {
	Kind  OpKind
	Path  Path
	Value any
}

// Path is the target of an Op: urn:attr[filter].sub
type Path struct {
	URN    string // of the extension, "" for the core schema
	Attr   string
	Filter Filter // nil: none
	Sub    string
}

// IsZero says that there is no path.
func (p Path) IsZero() bool { return p.URN == "" && p.Attr == "" && p.Filter == nil && p.Sub == "" }
