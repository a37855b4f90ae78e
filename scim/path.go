package scim

import "strings"

// Path names an attribute: urn:attr[filter].sub, as in an Op.
type Path struct {
	URN    string // URN of the extension, "" for the core schema
	Attr   string
	Filter Filter // nil: none
	Sub    string
}

// IsZero reports whether there is no path.
func (p Path) IsZero() bool { return p.URN == "" && p.Attr == "" && p.Filter == nil && p.Sub == "" }

// IsAddress reports whether the values are URLs that responses build from their
// own base URL. A directory does not know them.
func (p Path) IsAddress() bool {
	return p.Attr == "meta" && p.Sub == "location" || (p.Attr == "groups" || p.Attr == "members") && p.Sub == "$ref"
}

// label is the path without its filter, for errors.
func (p Path) label() string {
	label := p.Attr
	if p.URN != "" {
		label = strings.TrimSuffix(p.URN+":"+label, ":")
	}
	if p.Sub != "" {
		label += "." + p.Sub
	}
	return label
}
