package scim

// The URNs.
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

// Article is the type as a sentence has it, as JSON knows it.
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

// Attribute is one row of a schema (RFC 7643 §7). Empty strings mean the
// RFC's defaults: readWrite, default, none.
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
	MaxValues   int // of one multi-valued attribute; 0 means DefaultValues
	MaxBytes    int // of a document, as JSON; 0 means DefaultBytes

	index *index // of the names, nil in a type made elsewhere
	fixed bool   // its resources come from the configuration: no directory is asked for them
}

// Within is the type with other bounds, 0 for the defaults.
func (t *ResourceType) Within(values, bytes int) *ResourceType {
	bounded := *t
	bounded.MaxValues, bounded.MaxBytes = values, bytes
	return &bounded
}

// Address is where a service at base has the resource with an id; "" gives what
// all addresses of the type begin with.
func (t *ResourceType) Address(base, id string) string { return base + t.Endpoint + "/" + id }

// commonAttributes are those that every resource has (RFC 7643 §3.1). They
// are in no schema.
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
