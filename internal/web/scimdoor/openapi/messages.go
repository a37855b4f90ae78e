package openapi

import (
	"github.com/flexscim/flexscim/scim/refusal"
)

var (
	text    = object{"type": "string"}
	texts   = list(text)
	boolean = object{"type": "boolean"}
	integer = object{"type": "integer"}
)

// needs returns the schema of an object that has only these properties, some of
// which are required.
func needs(what string, properties object, required ...string) object {
	o := closed(what, properties)
	o["required"] = required
	return o
}

// addMessages adds the schemas of RFC 7644 §3, and of the health endpoints.
func addMessages(all object) {
	all["Error"] = needs("RFC 7644 §3.12, RFC 9865 §2.1", object{
		"schemas": texts, "status": text, "detail": object{"type": "string", "description": "What is wrong and what to do, in English."},
		"scimType": object{"type": "string", "enum": refusal.Types()},
	}, "schemas", "status", "detail")
	all["PatchOp"] = needs("RFC 7644 §3.5.2", object{
		"schemas": texts,
		"Operations": list(needs("The server applies the operations in this order. If one fails, it applies none.", object{
			"op":    object{"type": "string", "enum": []string{"add", "replace", "remove"}},
			"path":  object{"type": "string", "description": "Such as `emails[type eq \"work\"].value`. Without a path, value is an object of attributes."},
			"value": object{"nullable": true, "description": "The value for the attribute at path."},
		}, "op")),
	}, "schemas", "Operations")
	all["SearchRequest"] = needs("RFC 7644 §3.4.3: the query parameters of a list, in a body.", object{
		"schemas": texts, "attributes": texts, "excludedAttributes": texts, "filter": text, "sortBy": text,
		"sortOrder":  object{"type": "string", "enum": []string{"ascending", "descending"}},
		"startIndex": integer, "count": integer, "cursor": text,
	}, "schemas")
	addBulk(all)
	all["Health"] = needs("The state of the process.", object{
		"status":   object{"type": "string", "enum": []string{"ok", "unavailable"}},
		"database": object{"type": "string", "enum": []string{"ok", "unavailable"}}, "queue": object{"type": "string", "enum": []string{"ok", "unavailable"}},
		"twilio": needs("The last call to Twilio. SCIM stays ready without Twilio.", object{"last": text, "at": object{"type": "string", "format": "date-time"}}, "last"),
	}, "status")
}

func addBulk(all object) {
	method := object{"type": "string", "enum": []string{"POST", "PUT", "PATCH", "DELETE"}}
	all["BulkRequest"] = needs("RFC 7644 §3.7", object{
		"schemas": texts, "failOnErrors": object{"type": "integer", "minimum": 0, "description": "Stop after this number of errors. 0: never."},
		"Operations": list(needs("", object{
			"method": method, "path": object{"type": "string", "description": "/Users, /Groups, /Users/ID or /Groups/ID; bulkId:X can replace an id."},
			"bulkId": object{"type": "string", "description": "Identifies a POST; unique in the request."}, "version": text,
			"data": object{"oneOf": []object{{"type": "object"}, list(object{"type": "object"})}, "description": "The body of the operation. For a PATCH, the list of operations alone is also accepted. bulkId:X can stand for an id in the body."},
		}, "method", "path")),
	}, "schemas", "Operations")
	all["BulkResponse"] = needs("RFC 7644 §3.7", object{
		"schemas": texts,
		"Operations": list(needs("", object{
			"method": text, "bulkId": text, "version": text, "location": text, "status": text, "response": schemaRef("Error"),
		}, "method", "status")),
	}, "schemas", "Operations")
}

// addDiscovery adds the schemas of RFC 7643 §5 to §7.
func addDiscovery(all object) {
	supported := needs("", object{"supported": boolean}, "supported")
	all["ServiceProviderConfig"] = needs("RFC 7643 §5, RFC 9865 §4", object{
		"schemas": texts, "documentationUri": text, "patch": supported, "changePassword": supported, "sort": supported, "etag": supported,
		"bulk":   needs("", object{"supported": boolean, "maxOperations": integer, "maxPayloadSize": integer}, "supported", "maxOperations", "maxPayloadSize"),
		"filter": needs("", object{"supported": boolean, "maxResults": integer}, "supported", "maxResults"),
		"pagination": needs("", object{
			"cursor": boolean, "index": boolean, "defaultPaginationMethod": text, "defaultPageSize": integer, "maxPageSize": integer, "cursorTimeout": integer,
		}, "cursor", "index"),
		"authenticationSchemes": list(needs("", object{"type": text, "name": text, "description": text, "specUri": text, "primary": boolean}, "type", "name", "description")),
		"meta":                  schemaRef("Meta"),
	}, "schemas", "patch", "bulk", "filter", "changePassword", "sort", "etag", "authenticationSchemes", "meta")
	all["ResourceType"] = needs("RFC 7643 §6", object{
		"schemas": texts, "id": text, "name": text, "description": text, "endpoint": text, "schema": text, "meta": schemaRef("Meta"),
		"schemaExtensions": list(needs("", object{"schema": text, "required": boolean}, "schema", "required")),
	}, "schemas", "name", "endpoint", "schema", "meta")
	all["Attribute"] = needs("RFC 7643 §7", object{
		"name": text, "type": text, "multiValued": boolean, "description": text, "required": boolean, "caseExact": boolean,
		"mutability": text, "returned": text, "uniqueness": text, "canonicalValues": texts, "referenceTypes": texts,
		"subAttributes": list(schemaRef("Attribute")),
	}, "name", "type", "multiValued", "required", "caseExact", "mutability", "returned", "uniqueness")
	all["Schema"] = needs("RFC 7643 §7", object{
		"schemas": texts, "id": text, "name": text, "description": text, "attributes": list(schemaRef("Attribute")), "meta": schemaRef("Meta"),
	}, "schemas", "id", "attributes", "meta")
	all["ResourceTypeList"], all["SchemaList"] = page(schemaRef("ResourceType")), page(schemaRef("Schema"))
}
