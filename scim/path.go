package scim

import "strings"

// Path is the target of an Op: urn:attr[filter].sub
type Path struct {
	URN    string // of the extension, "" for the core schema
	Attr   string
	Filter Filter // nil: none
	Sub    string
}

// IsZero says that there is no path.
func (p Path) IsZero() bool { return p.URN == "" && p.Attr == "" && p.Filter == nil && p.Sub == "" }

// IsAddress reports whether answers make up the path's values from their own
// address, so that no directory can look for them.
func (p Path) IsAddress() bool {
	return p.Attr == "meta" && p.Sub == "location" || (p.Attr == "groups" || p.Attr == "members") && p.Sub == "$ref"
}

// label is the path without its filter, for people.
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
