package openapi

func parameters() object {
	all := object{}
	for _, p := range []struct {
		name, in, what string
		schema         object
	}{
		{"id", "path", "The resource's id.", object{"type": "string"}},
		{"name", "path", "The type's name, such as User.", object{"type": "string"}},
		{"urn", "path", "The schema's URN.", object{"type": "string"}},
		{"attributes", "query", "Return only these attributes and those that are always returned.", list(object{"type": "string"})},
		{"excludedAttributes", "query", "Do not return these attributes.", list(object{"type": "string"})},
		{"filter", "query", "RFC 7644 §3.4.2.2, such as `userName eq \"ann@example.com\"`.", object{"type": "string"}},
		{"sortBy", "query", "The attribute to sort by.", object{"type": "string"}},
		{"sortOrder", "query", "Default: ascending.", object{"type": "string", "enum": []string{"ascending", "descending"}}},
		{"startIndex", "query", "The number of the page's first resource, from 1. A value below 1 means 1.", object{"type": "integer"}},
		{"count", "query", "Resources per page. 0: only totalResults.", object{"type": "integer"}},
		{"cursor", "query", "RFC 9865: empty for the first page, then a nextCursor or previousCursor.", object{"type": "string"}},
		{"If-Match", "header", "Proceed only if the resource has one of these versions.", object{"type": "string"}},
		{"If-None-Match", "header", "Proceed only if the resource has none of these versions.", object{"type": "string"}},
	} {
		o := object{"name": p.name, "in": p.in, "description": p.what, "schema": p.schema}
		switch {
		case p.in == "path":
			o["required"] = true
		case p.schema["type"] == "array":
			o["style"], o["explode"] = "form", false // a,b,c
		case p.name == "cursor":
			o["allowEmptyValue"] = true
		}
		all[p.name] = o
	}
	return all
}

func headers() object {
	all := object{}
	for _, h := range []struct {
		name, what string
		schema     object
		always     bool
	}{
		{"X-Request-Id", "The request's reference id, in the log and at the end of every error's detail.", object{"type": "string"}, false},
		{"ETag", "The resource's version.", object{"type": "string", "pattern": `^W/"[0-9]+"$`}, true},
		{"Location", "The resource's address.", object{"type": "string"}, true},
		{"Content-Location", "The address of the resource in the body, the same as meta.location.", object{"type": "string"}, true},
		{"Retry-After", "How long to wait, in seconds.", object{"type": "integer", "minimum": 1}, true},
		{"WWW-Authenticate", "Bearer.", object{"type": "string"}, true},
	} {
		o := object{"description": h.what, "schema": h.schema}
		if h.always {
			o["required"] = true
		}
		all[h.name] = o
	}
	return all
}
