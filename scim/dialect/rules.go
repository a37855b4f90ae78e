package dialect

import "slices"

// Rule describes one deviation of an IdP from the RFCs, and what the server does.
type Rule struct {
	Row    int    // row of the decision table (docs/reference/identity-providers.md §4); 0: not in the table
	Who    string // the IdPs known to send or need it
	What   string // what these IdPs send
	Answer string // what the server does
	Source string // RFC section, number of a recorded exchange (such as T5), or section of docs/reference/identity-providers.md
	Where  string // the function that implements the rule: package.name
	Test   string // package and test; if Row is N, the subtest is "row N"
}

// These are the tests that contain rows of the decision table.
const (
	decisions = "scim/scimhttp TestDecisions"
	scimDoor  = "internal/web/scimdoor TestDecisions"
)

// Rules returns all rules: first those of the decision table, in its order, then
// the others.
func Rules() []Rule { return slices.Concat(onResources(), onTheProtocol(), furtherRules()) }

// onResources returns the rules of rows 1 to 36 of
// docs/reference/identity-providers.md §4.
func onResources() []Rule {
	return []Rule{
		{1, "all", "a filter that matches nothing", "200 and an empty list; only an unknown id is 404", "RFC 7644 §3.4.2", "scimhttp.list", decisions},
		{2, "all", "a userName that another user has, in any letter case, active or not", "409 uniqueness; the text names the attribute, not the other user", "RFC 7643 §4.1.1", "directory.asRefusal", decisions},
		{3, "Microsoft's suite", "an externalId that another user has", "accepted: RFC 7643 §3.1 leaves uniqueness to the IdP, and the suite sends one twice", "RFC 7643 §3.1", "store.InsertUser", decisions},
		{4, "Okta, Entra", "a displayName that another group has", "409 uniqueness; a group does not conflict with its own name", "identity-providers.md §2.2", "directory.asRefusal", decisions},
		{5, "Entra", "add or replace with a value filter of `eq` and `and` that matches nothing", "creates the element with the filter's values, although RFC 7644 §3.5.2.3 asks for noTarget on replace", "T47", "scim.create", decisions},
		{6, "any", "the same with another filter, or on members", "400 noTarget", "RFC 7644 §3.5.2.3", "scim.describe", decisions},
		{7, "any", "a `type` that the schema does not suggest", "accepted: canonicalValues are suggestions, and a 400 would stop a deactivation", "RFC 7643 §7", "scim.create", decisions},
		{8, "Entra", "add of one element whose `type` exactly one stored element has", "updates that element; if several elements have the type, or several are sent, they are added (RFC 7644 §3.5.2.1)", "identity-providers.md §2.3", "scim.soleOfType", decisions},
		{9, "Okta, Entra", "removal of somebody who is not a member", "204, no change", "T80", "scim.ApplyMembers", decisions},
		{10, "Entra", "removal of a list of people of whom nobody is a member", "204, no change: requests may be repeated", "identity-providers.md §2.3", "scim.ApplyMembers", decisions},
		{11, "Microsoft's suite", "`remove members` with no value at all", "removes all members", "RFC 7644 §3.5.2.2", "scim.apply", decisions},
		{12, "any", "an element of members without an id: `{}`, `{\"display\": …}`, `\"\"`, `true`, `5.5`; removal of `[]` or null", "400 invalidValue, and nothing changes: without the element, somebody would not join, or lose the membership", "identity-providers.md, row 12", "scim.memberIDs", decisions},
		{13, "Okta", "`replace members []` or null, also without a path or in a PUT", "removes all members: Okta's push of an empty group; null is the same (RFC 7643 §2.5)", "T28", "scim.named", decisions},
		{14, "disputed", "`replace members` with one id", "that id becomes the only member, as the RFC says", "RFC 7644 §3.5.2.3", "scim.reset", decisions},
		{15, "all", "PATCH of a user", "200 and the user", "RFC 7644 §3.5.2", "scimhttp.patch", decisions},
		{16, "all", "PATCH of a group", "204; 200 if the request has `attributes`", "RFC 7644 §3.5.2", "scimhttp.patch", decisions},
		{17, "Okta, authentik", "GET of a group", "with its members, unless the request excludes them", "identity-providers.md §1.4", "scimhttp.get", decisions},
		{18, "Entra", "a manager as a string, list or object, with or without URN, in a path or in a value", "stored; responses show an object", "T58, T59, T64", "scim.target", decisions},
		{19, "Entra", "`\"\"`, `{\"value\":\"\"}` or null as manager", "removes the manager", "identity-providers.md §2.3", "scim.settle", decisions},
		{20, "Entra", "a manager with an unknown id", "stored as it is", "identity-providers.md §2.1", "scim.merge", decisions},
		{21, "all", "locale, profileUrl, country or phone number in any format", "stored byte for byte without validation", "identity-providers.md §2.3", "scim.plain", decisions},
		{22, "all", "a skill or a role that Flex cannot take", "the SCIM request succeeds; `flexscim plan` shows what Flex does not get", "identity-providers.md, row 22", "scim.ParseDocument", decisions},
		{23, "any", "a userName and nothing else", "201", "RFC 7643 §4.1", "scim.ParseDocument", decisions},
		{24, "Okta, Keycloak", "id, meta, groups in POST and PUT; the unchanged id in PATCH", "ignored; another id, its removal, or a path to groups or meta is 400 mutability", "T8, T25", "scim.CheckID", decisions},
		{25, "Entra, Okta", "null, `\"\"`, `[]`", "unassigned; 400 invalidValue if the attribute is required", "RFC 7643 §2.5, T65", "scim.ParseDocument", decisions},
		{26, "Entra", "unknown or misspelt schema URIs of any form, unknown attributes in a value, paths of such schemas; a path that names no attribute of ours", "values, and paths with an unknown schema URI: ignored and counted. A path that names no attribute of ours: 400 invalidPath. If the same PATCH sets `active` to false, the server instead leaves out the operation with this path, or with a read-only path, and logs and counts it", "T65, T73", "scim.LeaveOut", decisions},
		{27, "Okta, ConnId", "PATCH without schemas, with other keys, `Operations: []`, without Operations", "accepted; without operations nothing changes; 400 if there are other keys and no Operations", "T28", "scimhttp.envelope", decisions},
		{28, "Entra", "booleans and numbers as strings, such as `\"False\"`", "converted to the schema's type", "T48", "scim.boolean", decisions},
		{29, "Entra, SCIM-SDK", "members as strings or objects, a single value in a list, a role as JSON in a string, the attributes of an operation in a list of one", "converted to the schema's form; an object for a text is 400 invalidValue", "T110", "scim.unpackRole", decisions},
		{30, "Okta, Entra", "an unknown member among known ones", "204; the id is stored, but not shown until a user or group has it", "identity-providers.md, row 30", "store.ChangeMembers", decisions},
		{31, "any", "only unknown members", "as row 30", "identity-providers.md, row 31", "store.ChangeMembers", decisions},
		{32, "Entra", "concurrent PATCHes of one group", "no change is lost: each is applied under the lock of the group's row", "identity-providers.md §0", "directory.changeGroup", decisions},
		{33, "Okta", "a group's PATCH that does not name members", "the members stay", "T25", "scim.ApplyMembers", decisions},
		{34, "Keycloak, Canaille, pocket-id", "PUT of a group without members, or of a user without active", "`active` keeps its value. `connection.group_put` decides about the members: `keep`, `clear`, or `auto`, which removes them if the connection has sent members by POST or PUT, and never by PATCH", "RFC 7644 §3.5.1", "scim.Clears", decisions},
		{35, "Okta", "PUT of a user without another attribute", "the attribute is removed", "RFC 7644 §3.5.1", "scim.ReplaceDocument", decisions},
		{36, "Entra", "active=true for a deactivated user", "the user has the same memberships as before", "identity-providers.md §2.1", "directory.changeUser", decisions},
	}
}

// onTheProtocol returns the rules of rows 37 to 54 of
// docs/reference/identity-providers.md §4.
func onTheProtocol() []Rule {
	return []Rule{
		{37, "Okta, Entra", "many requests", "429 only above the rate of the connection (at least 25 requests per second), with `Retry-After` in whole seconds", "identity-providers.md §1.5", "scimdoor.take", scimDoor},
		{38, "all", "no token, or a wrong one", "401 as SCIM JSON with `WWW-Authenticate`, before any other check", "RFC 7644 §2", "auth.Authenticate", scimDoor},
		{39, "Okta, Entra", "any Accept, or none", "never 406; always `application/scim+json`, also with the 204 of a PATCH: clients of SCIM-SDK accept no other type", "identity-providers.md §2.1", "scimhttp.send", decisions},
		{40, "any", "`application/scim+json`, `application/json`, or no Content-Type", "accepted, as are `text/plain` and `application/octet-stream`; 415 for forms, XML, HTML, images and others", "identity-providers.md, row 40", "scimhttp.readBody", decisions},
		{41, "Entra", "`?aadOptscim062020`, unknown or empty parameters", "ignored", "T37", "scimhttp.parseParameters", decisions},
		{42, "all, pocket-id", "paging", "the response repeats startIndex; totalResults is exact; itemsPerPage counts the returned resources; the order is stable; a page past the end is 200", "RFC 7644 §3.4.2.4", "scimhttp.appendListHead", decisions},
		{43, "any", "count=0, or a negative count", "200 and the total", "RFC 7644 §3.4.2.4", "scimhttp.listQuery", decisions},
		{44, "any", "`cursor`", "pages by cursor; pages by index stay the default; 400 invalidCursor or expiredCursor", "RFC 9865", "scimhttp.list", decisions},
		{45, "all", "names, operators, URNs in any letter case", "accepted; comparisons of userName, displayName and emails ignore case, those of id and externalId do not", "RFC 7643 §2.1", "scim.Lookup", decisions},
		{46, "Microsoft's documents", "a filter's value without quotes", "one word is accepted; several words are 400 invalidFilter", "T38", "scim.literal", decisions},
		{47, "Ping", "ids of any form, `GET /Users/0`", "404; our ids are strings with a random part", "identity-providers.md §3", "scim.Valid", decisions},
		{48, "any", "If-Match, If-None-Match", "412 if If-Match is not the current version; 304 if If-None-Match is", "RFC 7644 §3.14", "scimhttp.condition", decisions},
		{49, "Entra", "DELETE, then anything", "204, then 404; the userName can be used again", "T52", "store.DeleteUser", decisions},
		{50, "Okta, Entra", "deactivated users", "returned by GET, lists and filters like other users", "identity-providers.md §2.2", "store.Users", decisions},
		{51, "authentik", "ServiceProviderConfig", "always has `bulk.maxOperations` and `filter.maxResults`", "identity-providers.md §3", "scimhttp.config", decisions},
		{52, "pocket-id", "meta.lastModified", "changes only when a request writes to the resource itself; `version` changes whenever the resource as shown changes", "identity-providers.md §3", "directory.changeUser", decisions},
		{53, "Entra", "add or replace of a sub-attribute of a complex attribute; a second primary element", "the other sub-attributes stay; only the last primary element stays primary", "RFC 7644 §3.5.2.3", "scim.merge", decisions},
		{54, "all", "a request while the database is unavailable", "503 with `Retry-After`; never 401 or 404", "identity-providers.md §2.1", "scimhttp.WriteError", decisions},
	}
}

// furtherRules returns the rules that are not in the decision table.
func furtherRules() []Rule {
	return []Rule{
		{0, "Entra", "op Add, Replace, Remove; keys OP, PATH, VALUE", "accepted in any letter case", "T43", "scimhttp.verbOf", "scim/scimhttp TestPatch"},
		{0, "Entra", "`name.givenName` and `urn:…:User:department` as keys of a value", "read as paths", "T53", "scim.applyObject", "scim/scimhttp TestPatch"},
		{0, "Okta", "a password in every POST", "ignored; never stored, returned or logged", "T4", "scimhttp.isPassword", "scim/scimhttp TestPasswordIsNeverSeen"},
		{0, "Okta", "a body that GET returned, in a PUT", "changes nothing", "identity-providers.md §0", "scim.ReplaceDocument", "scim/scimhttp TestReplace"},
		{0, "Entra", "`emails[type eq \"work\"].value eq \"…\"` as a filter", "compares the value of the element that has the type", "T39", "scim.element", "scim/scimhttp TestFilter"},
		{0, "Entra", "`manager eq`, `members eq` in a filter", "compares their value", "T60", "scim.operand", "scim/scimhttp TestFilter"},
		{0, "Microsoft's suite", "`attributes=emails[type eq \"work\"]`", "read as emails", "identity-providers.md §2.2", "scimhttp.withoutFilter", "scim/scimhttp TestProjection"},
		{0, "Entra", "roles in one of three styles: one primary role, JSON in a string, the whole list; `displayName` for `display`", "added or replaced; roles are compared by value", "identity-providers.md §2.3", "scim.unpackRole", "scim/scimhttp TestDialects"},
		{0, "Entra", "`roles[primary eq \"True\"].type` before the `.value` of the same PATCH", "one element gets both; an element with a type but no value after the PATCH is not stored", "identity-providers.md §2.3", "scim.made", "scim/scimhttp TestDialects"},
		{0, "Entra", "`urn:…:User.department` and `urn:…:User.active`, with a dot, as customappsso jobs write it", "read as `urn:…:User:department`", "identity-providers.md §2.3", "scim.withColon", "scim/scimhttp TestDialects"},
		{0, "any", "`remove manager[value eq \"…\"]`", "removes the manager if it is this one", "identity-providers.md, row 18", "scim.change", "scim/scimhttp TestPatch"},
		{0, "any", "the escape `\\b`, `\\f`, `\\n`, `\\r` or `\\t` in a filter's string, as in `\"CORP\\bob\"`", "400 invalidFilter, which names the escape; accepted for `formatted` and `streetAddress`, which can have several lines", "RFC 7644 §3.4.2.2", "scim.comparison", "scim/scimhttp TestEscapes"},
		{0, "any", "a byte order mark before a body", "ignored", "RFC 8259 §8.1", "scimhttp.decodeObject", "scim/scimhttp TestPatch"},
		{0, "any", "a PATCH in a Bulk whose data is the list of operations", "applied, as in the example of RFC 7644 §3.7.3", "RFC 7644 §3.7.3", "bulk.parseOperation", "scim/scimhttp TestBulk"},
		{0, "JumpCloud", "a test user and a test group, deleted as soon as they were created", "201 and 204; both names can be used again", "identity-providers.md §3", "store.DeleteUser", "scim/scimhttp TestDialects"},
		{0, "authentik", "a group's pathless replace, members in chunks, removal by a list of values", "handled like those of Okta and Entra", "identity-providers.md §3", "scim.ApplyMembers", "scim/scimhttp TestDialects"},
		{0, "pocket-id", "PUT; the client then compares the body and lastModified", "200 with the resource", "identity-providers.md §3", "scimhttp.replace", "scim/scimhttp TestDialects"},
		{0, "Keycloak", "a role as JSON in a string; id, meta and groups in PUT", "the role is read from the JSON; id, meta and groups are ignored", "identity-providers.md §3", "scim.unpackRole", "scim/scimhttp TestDialects"},
		{0, "OneLogin", "URNs of SCIM 1.x", "ignored, as other unknown schemas are", "identity-providers.md §3", "scim.ParseDocument", "scim/scimhttp TestDialects"},
		{0, "Google Workspace", "one GET of a user during the set-up; bodies as `application/json`", "no special handling; little is known about this client", "github.com/pond/scimitar/issues/142", "scimhttp.readBody", "scim/scimhttp TestDialects"},
		{0, "Okta", "an existing user: Okta finds the user by a filter, reads it and sends a PUT", "the user is linked and keeps the memberships", "identity-providers.md §1.3", "directory.ReplaceUser", "scim/scimhttp TestDialects"},
		{0, "Okta", "a number as externalId or postalCode, null as name", "numbers become strings; null means no name", "identity-providers.md §1.5", "scim.plain", "scim/scimhttp TestEntitlements"},
		{0, "Okta", "`/ResourceTypes`, `/Schemas`, then each endpoint with Okta's schema Role or Entitlement", "read-only `/Roles` and `/Entitlements` with the values that the mapping rules use; 404 unless enabled for the connection", "identity-providers.md §1.5", "scimhttp.newGrants", "scim/scimhttp TestEntitlements"},
		{0, "Okta", "import in pages of 100 until totalResults", "each resource is returned once, in the order of creation", "identity-providers.md §1.3", "store.Users", "scim/scimtest TestOkta"},
	}
}
