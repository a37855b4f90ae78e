package openapi

import (
	"strings"

	"github.com/flexscim/flexscim/scim"
)

func addResources(all object) {
	addMeta(all)
	for _, t := range []*scim.ResourceType{scim.UserType(), scim.GroupType()} {
		var required []string
		for _, a := range t.Schema.Attributes {
			if a.Required {
				required = append(required, a.Name)
			}
		}
		all[t.Name] = resource(t)
		all[t.Name+"Request"] = object{"allOf": []object{schemaRef(t.Name), {"type": "object", "required": required}}}
		all[t.Name+"List"] = page(schemaRef(t.Name))
		for _, s := range t.Extensions {
			all[s.Name] = closed(s.Description, properties(s.Attributes))
		}
	}
	for _, t := range offered() {
		all[t.Name] = resource(t)
		all[t.Name+"List"] = page(schemaRef(t.Name))
	}
	all["AnyList"] = page(object{"anyOf": []object{schemaRef("User"), schemaRef("Group")}})
}

// offered returns the read-only resource types Role and Entitlement. A connection
// may have further types of entitlements, with the same schema as Entitlement.
func offered() []*scim.ResourceType {
	var types []*scim.ResourceType
	for _, list := range (scim.Grants{Entitlements: []scim.Grant{{Type: scim.EntitlementType}}}).Lists() {
		types = append(types, list.Type)
	}
	return types
}

// resource returns the schema of a resource type with its extensions. Only
// `schemas` and `id` are required, because a client may request a response without
// the other attributes.
func resource(t *scim.ResourceType) object {
	p := properties(t.Schema.Attributes)
	p["schemas"] = list(object{"type": "string"})
	p["id"] = object{"type": "string", "readOnly": true, "description": "Assigned by flexscim, and never reused."}
	p["externalId"] = object{"type": "string", "description": "The IdP's own identifier."}
	p["meta"] = object{"allOf": []object{schemaRef("Meta")}, "readOnly": true}
	for _, s := range t.Extensions {
		p[s.URN] = schemaRef(s.Name)
	}
	o := closed(t.Description, p)
	o["required"] = []string{"schemas", "id"}
	return o
}

func addMeta(all object) {
	text, moment := object{"type": "string"}, object{"type": "string", "format": "date-time"}
	all["Meta"] = closed("RFC 7643 §3.1", object{"resourceType": text, "created": moment, "lastModified": moment, "location": text, "version": text})
}

func properties(attributes []scim.Attribute) object {
	p := object{}
	for _, a := range attributes {
		if a.Returned != "never" {
			p[a.Name] = property(a)
		}
	}
	return p
}

// property returns the schema of an attribute. It includes the characteristics (RFC
// 7643 §7) that OpenAPI can express.
func property(a scim.Attribute) object {
	var o object
	switch a.Type {
	case scim.TypeComplex:
		o = closed("", properties(a.Sub))
	case scim.TypeBoolean, scim.TypeInteger:
		o = object{"type": string(a.Type)}
	case scim.TypeDecimal:
		o = object{"type": "number"}
	case scim.TypeDateTime:
		o = object{"type": "string", "format": "date-time"}
	default:
		o = object{"type": "string"}
	}
	if a.Multi {
		o = list(o)
	}
	if what := describe(a); what != "" {
		o["description"] = what
	}
	if a.Mutability == "readOnly" {
		o["readOnly"] = true
	}
	return o
}

// describe returns an attribute's description, including the characteristics that
// OpenAPI cannot express. The description lists canonical values, because they are
// only suggestions and an enum would forbid other values.
func describe(a scim.Attribute) string {
	parts := []string{a.Description}
	if a.Uniqueness == "server" {
		parts = append(parts, "Unique in the connection, ignoring case.")
	}
	if a.Mutability == "immutable" {
		parts = append(parts, "Cannot be changed.")
	}
	if len(a.Canonical) > 0 {
		parts = append(parts, "Such as "+strings.Join(a.Canonical, ", ")+".")
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

// closed returns the schema of an object that has these properties and no others.
func closed(what string, properties object) object {
	o := object{"type": "object", "properties": properties, "additionalProperties": false}
	if what != "" {
		o["description"] = what
	}
	return o
}

func list(items object) object { return object{"type": "array", "items": items} }

// page returns the schema of a ListResponse (RFC 7644 §3.4.2, RFC 9865 §2).
func page(items object) object {
	count, text := object{"type": "integer", "minimum": 0}, object{"type": "string"}
	o := closed("A ListResponse.", object{
		"schemas": list(text), "totalResults": count, "itemsPerPage": count, "Resources": list(items),
		"startIndex":     object{"type": "integer", "minimum": 1, "description": "Absent if the request has a cursor."},
		"nextCursor":     object{"type": "string", "description": "Present if the request has a cursor, except on the last page."},
		"previousCursor": object{"type": "string", "description": "Present if the request has a cursor, except on the first page."},
	})
	o["required"] = []string{"schemas", "totalResults", "itemsPerPage", "Resources"}
	return o
}
