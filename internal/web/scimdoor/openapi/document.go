package openapi

import (
	"encoding/json"
	"sync"
)

// object is a JSON object of the document.
type object = map[string]any

// Document returns the document as JSON. It is the same for every client, because the addresses in it are relative.
var Document = sync.OnceValue(func() []byte {
	text, err := json.MarshalIndent(document(), "", "  ")
	if err != nil {
		panic(err) // maps, lists and strings never fail to marshal
	}
	return append(text, '\n')
})

const about = `SCIM 2.0 (RFC 7643, 7644, 9865) for Twilio Flex.

Every GET operation also answers HEAD. OPTIONS gets 204 with Allow, any other method 405 with Allow, and any other path 404.
Unknown query parameters, attributes and schemas are ignored, and no Accept header is refused.
Requests may be compressed with gzip (Content-Encoding); responses are for clients that accept it (Accept-Encoding).
Attributes of requests are described in the form of RFC 7643; the server also accepts other forms that identity providers use.
The limits of this server are in /scim/v2/ServiceProviderConfig.`

func document() object {
	return object{
		"openapi": "3.0.3",
		"info":    object{"title": "flexscim", "version": "2", "description": about},
		"servers": []object{{"url": "../..", "description": "The server of this document."}},
		"tags": []object{
			{"name": "Users"}, {"name": "Groups"}, {"name": "Entitlements"}, {"name": "Search"}, {"name": "Bulk"}, {"name": "Discovery"}, {"name": "Process"},
		},
		"security": []object{{"bearer": []string{}}},
		"paths":    paths(),
		"components": object{
			"securitySchemes": object{"bearer": object{"type": "http", "scheme": "bearer", "description": "A token from `flexscim token create` for a connection's identity provider, or with `--person` for one person. A person's token only reads /Me and discovery."}},
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

// paths returns the section `paths` of the document: all operations by path and
// method.
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
