package scim

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
}

// The URNs.
const (
	URNUser       = "urn:ietf:params:scim:schemas:core:2.0:User"
	URNGroup      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	URNEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	URNFlex       = "urn:ietf:params:scim:schemas:extension:flexscim:2.0:User"
)
