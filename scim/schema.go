package scim

// These constants are the URNs of our schemas.
const (
	URNUser       = "urn:ietf:params:scim:schemas:core:2.0:User"
	URNGroup      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	URNEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	URNFlex       = "urn:ietf:params:scim:schemas:extension:flexscim:2.0:User"
)

// Type is an attribute's data type (RFC 7643 §2.3).
type Type string

// The data types in use.
const (
	TypeString    Type = "string"
	TypeBoolean   Type = "boolean"
	TypeInteger   Type = "integer"
	TypeDecimal   Type = "decimal"
	TypeDateTime  Type = "dateTime"
	TypeReference Type = "reference"
	TypeBinary    Type = "binary"
	TypeComplex   Type = "complex"
)

// Article returns the type with its English article, for errors.
func (t Type) Article() string {
	switch t {
	case TypeComplex:
		return "an object"
	case TypeInteger:
		return "an integer"
	default:
		return "a " + string(t)
	}
}

// Attribute is one attribute of a schema (RFC 7643 §7). If Mutability, Returned or
// Uniqueness is empty, it means the default of the RFC: `readWrite`, `default` or
// `none`.
type Attribute struct {
	Name           string
	Type           Type
	Multi          bool
	Required       bool
	CaseExact      bool
	Mutability     string // readWrite, readOnly, immutable, writeOnly
	Returned       string // default, always, never, request
	Uniqueness     string // none, server, global
	Canonical      []string
	ReferenceTypes []string
	Sub            []Attribute
	Description    string
}

const (
	readOnly  = "readOnly"
	immutable = "immutable"
)

// Schema is a named set of attributes.
type Schema struct {
	URN         string
	Name        string
	Description string
	Attributes  []Attribute
}

// ResourceType is a kind of resource with its core schema and extensions
// (RFC 7643 §6).
type ResourceType struct {
	Name        string // "User"
	Endpoint    string // "/Users"
	Description string
	Schema      Schema
	Extensions  []Schema
	MaxValues   int // maximum number of values of one multi-valued attribute; 0 means DefaultValues
	MaxBytes    int // maximum size of a document as JSON, in bytes; 0 means DefaultBytes

	index *index // index of attribute names; nil if another package created the type
	fixed bool   // the resources come from the configuration, not from a Directory
}

// Within returns a copy of the type with the limits MaxValues and MaxBytes set to
// the arguments. The value 0 means the default.
func (t *ResourceType) Within(values, bytes int) *ResourceType {
	bounded := *t
	bounded.MaxValues, bounded.MaxBytes = values, bytes
	return &bounded
}

// Schemas returns the URNs of the core schema and of the extensions that a
// document has.
func (t *ResourceType) Schemas(doc Document) []any {
	urns := []any{t.Schema.URN}
	for _, s := range t.Extensions {
		if len(doc.Extension(s.URN)) > 0 {
			urns = append(urns, s.URN)
		}
	}
	return urns
}

// Address returns the URL of the resource with this id. The argument base is the
// base URL of the service. If id is "", Address returns the prefix that the URLs of
// all resources of the type share.
func (t *ResourceType) Address(base, id string) string { return base + t.Endpoint + "/" + id }

// commonAttributes returns the attributes that every resource has (RFC 7643 §3.1).
// No schema lists them.
func commonAttributes() []Attribute {
	return []Attribute{
		{Name: "schemas", Type: TypeReference, Multi: true, CaseExact: true, Mutability: readOnly, Returned: "always"},
		{Name: "id", Type: TypeString, CaseExact: true, Mutability: readOnly, Returned: "always", Uniqueness: "server"},
		{Name: "externalId", Type: TypeString, CaseExact: true},
		{Name: "meta", Type: TypeComplex, Mutability: readOnly, Sub: []Attribute{
			{Name: "resourceType", Type: TypeString, CaseExact: true, Mutability: readOnly},
			{Name: "created", Type: TypeDateTime, Mutability: readOnly},
			{Name: "lastModified", Type: TypeDateTime, Mutability: readOnly},
			{Name: "location", Type: TypeReference, CaseExact: true, Mutability: readOnly},
			{Name: "version", Type: TypeString, CaseExact: true, Mutability: readOnly},
		}},
	}
}
