package scimhttp

import (
	"slices"

	"github.com/flexscim/flexscim/scim"
)

// documentSchemas returns the schemas of the discovery documents, which /Schemas
// lists in addition to the schemas of resources. If the argument is false, these
// schemas do not have the attribute that RFC 9865 adds.
//
// Source: RFC 7643 §8.7.2; for pagination RFC 9865 §4.
func documentSchemas(pagination bool) []scim.Schema {
	config := configSchema()
	if !pagination {
		config.Attributes = slices.DeleteFunc(config.Attributes, func(a scim.Attribute) bool { return a.Name == paginationName })
	}
	return []scim.Schema{config, typeSchema(), schemaSchema()}
}

// withPassword adds the attribute "password" to the schema of users, and returns
// other schemas unchanged. flexscim drops this attribute from each request. But
// clients that make their models from /Schemas refuse to send an attribute that the
// schema does not have.
//
// Source: RFC 7643 §8.7.1.
func withPassword(s scim.Schema) scim.Schema {
	if s.URN != scim.URNUser {
		return s
	}
	password := scim.Attribute{Name: "password", Type: scim.TypeString, Mutability: "writeOnly", Returned: "never",
		Description: "Accepted, but dropped: it is neither stored nor used, because nobody signs in to this server."}
	after := 1 + slices.IndexFunc(s.Attributes, func(a scim.Attribute) bool { return a.Name == "active" })
	s.Attributes = slices.Insert(slices.Clone(s.Attributes), after, password)
	return s
}

// paginationName is the attribute that RFC 9865 adds to ServiceProviderConfig.
const paginationName = "pagination"

func configSchema() scim.Schema {
	supported := fixed("supported", scim.TypeBoolean, "Whether the operation is supported.")
	method := func(name, description string, more ...scim.Attribute) scim.Attribute {
		return fixedObject(name, description, append([]scim.Attribute{supported}, more...)...)
	}
	return scim.Schema{
		URN: urnConfig, Name: "Service Provider Configuration", Description: "Schema for representing the service provider's configuration",
		Attributes: []scim.Attribute{
			optional(link("documentationUri", "Address of the service provider's help for people.")),
			method("patch", "Whether PATCH is supported."),
			method("bulk", "Whether bulk requests are supported, and their limits.",
				fixed("maxOperations", scim.TypeInteger, "The most operations of one request."),
				fixed("maxPayloadSize", scim.TypeInteger, "The largest body, in bytes.")),
			method("filter", "Whether filters are supported.", fixed("maxResults", scim.TypeInteger, "The most resources of one response.")),
			method("changePassword", "Whether changePassword is supported."),
			method("sort", "Whether sorting is supported."),
			method("etag", "Whether ETags are supported."),
			optional(fixedObject(paginationName, "How lists are divided into pages.",
				fixed("cursor", scim.TypeBoolean, "Whether pages by cursor are supported."),
				fixed("index", scim.TypeBoolean, "Whether pages by index are supported."),
				optional(fixed("defaultPaginationMethod", scim.TypeString, "The method without a parameter: cursor or index.")),
				optional(fixed("defaultPageSize", scim.TypeInteger, "The size of a page without count.")),
				optional(fixed("maxPageSize", scim.TypeInteger, "The largest page.")),
				optional(fixed("cursorTimeout", scim.TypeInteger, "The lifetime of a cursor, in seconds.")))),
			several(fixedObject("authenticationSchemes", "How a client can authenticate.",
				fixed("type", scim.TypeString, "The scheme, such as oauthbearertoken."),
				fixed("name", scim.TypeString, "The common name of the scheme."),
				fixed("description", scim.TypeString, "A description of the scheme."),
				optional(link("specUri", "Address of the scheme's specification.")),
				optional(link("documentationUri", "Address of help with the scheme.")),
				optional(fixed("primary", scim.TypeBoolean, "Whether this scheme is preferred.")))),
		},
	}
}

func typeSchema() scim.Schema {
	return scim.Schema{
		URN: urnResourceType, Name: "ResourceType", Description: "Specifies the schema that describes a SCIM resource type",
		Attributes: []scim.Attribute{
			optional(fixed("id", scim.TypeString, "The id of the resource type.")),
			fixed("name", scim.TypeString, "The name of the resource type."),
			optional(fixed("description", scim.TypeString, "A description of the resource type.")),
			fixed("endpoint", scim.TypeReference, "The endpoint below the base URL.", "uri"),
			exact(fixed("schema", scim.TypeReference, "The URN of the core schema.", "uri")),
			optional(several(fixedObject("schemaExtensions", "The extensions of the resource type.",
				exact(fixed("schema", scim.TypeReference, "The URN of the extension.", "uri")),
				fixed("required", scim.TypeBoolean, "Whether each resource must have the extension.")))),
		},
	}
}

func schemaSchema() scim.Schema {
	parts := attributeParts()
	subs := several(fixedObject("subAttributes", "The attributes of a complex attribute.", parts...))
	return scim.Schema{
		URN: urnSchema, Name: "Schema", Description: "Specifies the schema that describes a SCIM schema",
		Attributes: []scim.Attribute{
			fixed("id", scim.TypeString, "The URN of the schema."),
			optional(fixed("name", scim.TypeString, "The name of the schema.")),
			optional(fixed("description", scim.TypeString, "A description of the schema.")),
			several(fixedObject("attributes", "The attributes of the schema.", append(parts, optional(subs))...)),
		},
	}
}

// attributeParts returns the sub-attributes of `attributes` in the schema of
// schemas (RFC 7643 §7).
func attributeParts() []scim.Attribute {
	chosen := func(name, description string, values ...string) scim.Attribute {
		a := optional(exact(fixed(name, scim.TypeString, description)))
		a.Canonical = values
		return a
	}
	kind := chosen("type", "The data type.", "string", "complex", "boolean", "decimal", "integer", "dateTime", "reference", "binary")
	kind.Required = true
	return []scim.Attribute{
		exact(fixed("name", scim.TypeString, "The name of the attribute.")),
		kind,
		fixed("multiValued", scim.TypeBoolean, "Whether the attribute can have several values."),
		optional(exact(fixed("description", scim.TypeString, "A description of the attribute."))),
		optional(fixed("required", scim.TypeBoolean, "Whether the attribute must have a value.")),
		optional(several(exact(fixed("canonicalValues", scim.TypeString, "Suggested values.")))),
		optional(fixed("caseExact", scim.TypeBoolean, "Whether comparisons consider letter case.")),
		chosen("mutability", "When the attribute can be written.", "readOnly", "readWrite", "immutable", "writeOnly"),
		chosen("returned", "When the attribute is returned.", "always", "never", "default", "request"),
		chosen("uniqueness", "Where values must be unique.", "none", "server", "global"),
		optional(several(exact(fixed("referenceTypes", scim.TypeString, "The resource types that a reference can name.")))),
	}
}

// fixed returns the definition of a required read-only attribute.
func fixed(name string, t scim.Type, description string, references ...string) scim.Attribute {
	return scim.Attribute{Name: name, Type: t, Required: true, Mutability: "readOnly", ReferenceTypes: references, Description: description}
}

func fixedObject(name, description string, parts ...scim.Attribute) scim.Attribute {
	a := fixed(name, scim.TypeComplex, description)
	a.Sub = parts
	return a
}

func link(name, description string) scim.Attribute {
	return fixed(name, scim.TypeReference, description, "external")
}

func optional(a scim.Attribute) scim.Attribute {
	a.Required = false
	return a
}

func several(a scim.Attribute) scim.Attribute {
	a.Multi = true
	return a
}

func exact(a scim.Attribute) scim.Attribute {
	a.CaseExact = true
	return a
}
