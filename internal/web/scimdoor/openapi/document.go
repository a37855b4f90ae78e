package openapi

import (
	"encoding/json"
	"sync"
)

// object is a JSON object of the document.
type object = map[string]any

// Document is the document as JSON. It is the same for everybody: addresses in
// it are relative to its own.
var Document = sync.OnceValue(func() []byte {
	text, err := json.MarshalIndent(document(), "", "  ")
	if err != nil {
		panic(err) // maps, lists and texts always marshal
	}
	return append(text, '\n')
})

const about = `SCIM 2.0 (RFC 7643, 7644, 9865) for Twilio Flex.

GET stands for HEAD, too. OPTIONS answers 204 with Allow, and any other method 405 with Allow; what is not named here is 404.
Unknown query parameters, attributes and schemas are ignored, and no Accept is refused.
Requests may be packed with gzip (Content-Encoding), and answers are for whoever takes it (Accept-Encoding).
Attributes of requests are described in the form that RFC 7643 gives them; other spellings that identity providers use are taken, too.
The limits of this server are in /scim/v2/ServiceProviderConfig.`

func document() object {
	return object{
		"openapi": "3.0.3",
		"info":    object{"title": "flexscim", "version": "2", "description": about},
		"servers": []object{{"url": "../..", "description": "where this document comes from"}},
		"tags": []object{
			{"name": "Users"}, {"name": "Groups"}, {"name": "Entitlements"}, {"name": "Search"}, {"name": "Bulk"}, {"name": "Discovery"}, {"name": "Process"},
		},
		"security": []object{{"bearer": []string{}}},
		"paths":    paths(),
		"components": object{
			"securitySchemes": object{"bearer": object{"type": "http", "scheme": "bearer", "description": "A token made by `flexscim token create`: of a connection's identity provider, or with `--person` of one person, and then for GET of /Me and discovery only."}},
			"parameters":      parameters(),
			"headers":         headers(),
			"responses":       refusals(),
			"schemas":         schemas(),
		},
	}
}

func schemas() object {
	all := object{}
	addResources(all)
	addMessages(all)
	addDiscovery(all)
	return all
}

// paths are all operations, by path and method.
func paths() object {
	all := object{}
	for _, list := range [][]operation{
		resourceOperations("Users", "User", false), resourceOperations("Groups", "Group", true),
		offerOperations(), searchOperations(), discoveryOperations(), meOperations(), processOperations(),
	} {
		for _, op := range list {
			at, known := all[op.path].(object)
			if !known {
				at = object{}
				all[op.path] = at
			}
			at[op.method] = op.object()
		}
	}
	return all
}

func ref(kind, name string) object { return object{"$ref": "#/components/" + kind + "/" + name} }

func schemaRef(name string) object { return ref("schemas", name) }
