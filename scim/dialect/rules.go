package dialect

import "slices"

// Tests that play the rows.
const (
	decisions = "scim/scimhttp TestDecisions"
	atTheDoor = "internal/web/scimdoor TestDecisions"
)

// Rules are all rules: the rows of the decision table first, in its order,
// then what it does not list.
func Rules() []Rule { return slices.Concat(onResources(), onTheProtocol(), others()) }

// onResources are rows 1 to 36 of docs/reference/identity-providers.md §4.
func onResources() []Rule {
	return []Rule{
		{1, "all", "a filter without a match", "200 and an empty list; 404 is for an unknown id only", "RFC 7644 §3.4.2", "scimhttp.list", decisions},
		{2, "all", "a userName that is taken: in any case, also by somebody inactive", "409 uniqueness; names the attribute, not the other person", "RFC 7643 §4.1.1", "directory.asRefusal", decisions},
		{3, "Microsoft's suite", "an externalId that another user has", "taken as it is: RFC 7643 §3.1 leaves uniqueness to the IdP, and the suite repeats one", "RFC 7643 §3.1", "store.InsertUser", decisions},
		{4, "Okta, Entra", "a displayName that another group has", "409 uniqueness; its own name never conflicts", "identity-providers.md §2.2", "directory.asRefusal", decisions},
		{5, "Entra", "add or replace through a filter of `eq` and `and` that matches nothing", "the element is made, with the filter's values; RFC 7644 §3.5.2.3 says noTarget for replace", "T47", "scim.create", decisions},
		{6, "any", "the same through another filter, or on members", "400 noTarget", "RFC 7644 §3.5.2.3", "scim.describe", decisions},
		{7, "any", "a `type` that the schema does not suggest", "taken: canonicalValues suggest only, and a 400 would stop a deactivation", "RFC 7643 §7", "scim.create", decisions},
		{8, "Entra", "add of one element whose `type` one element has", "that element is changed; where several have the type, or several are given, they are added (RFC 7644 §3.5.2.1)", "identity-providers.md §2.3", "scim.soleOfType", decisions},
		{9, "Okta, Entra", "remove of somebody who is no member", "204, nothing changes", "T80", "scim.ApplyMembers", decisions},
		{10, "Entra", "remove of a list in which nobody is a member", "204, nothing changes: a repeated request is no mistake", "identity-providers.md §2.3", "scim.ApplyMembers", decisions},
		{11, "Microsoft's suite", "`remove members` with no value at all", "the group is emptied", "RFC 7644 §3.5.2.2", "scim.apply", decisions},
		{12, "any", "members with a value that names nobody: `[]`, null, `\"\"`, `[{}]`", "400 invalidValue; never everybody", "identity-providers.md, row 12", "scim.named", decisions},
		{13, "Okta", "`replace members []`, also without a path", "the group is emptied: Okta's push of an empty group", "T28", "scim.named", decisions},
		{14, "disputed", "`replace members` with one id", "means that one alone, as the RFC says", "RFC 7644 §3.5.2.3", "scim.reset", decisions},
		{15, "all", "PATCH of a user", "200 and the user", "RFC 7644 §3.5.2", "scimhttp.patch", decisions},
		{16, "all", "PATCH of a group", "204; 200 where `attributes` are asked for", "RFC 7644 §3.5.2", "scimhttp.patch", decisions},
		{17, "Okta, authentik", "GET of a group", "with its members unless they are excluded", "identity-providers.md §1.4", "scimhttp.get", decisions},
		{18, "Entra", "a manager as text, list or object, at the bare path or in a value", "stored; shown as an object", "T58, T59, T64", "scim.target", decisions},
		{19, "Entra", "a manager `\"\"`, `{\"value\":\"\"}`, null", "there is none any more", "identity-providers.md §2.3", "scim.settle", decisions},
		{20, "Entra", "a manager whom nobody knows", "kept as it is", "identity-providers.md §2.1", "scim.merge", decisions},
		{21, "all", "locale, profileUrl, country, phone number in any form", "not judged, kept byte for byte", "identity-providers.md §2.3", "scim.plain", decisions},
		{22, "all", "a skill or a role that Flex cannot take", "SCIM succeeds; what is held back from Flex is shown there", "identity-providers.md, row 22", "scim.ParseDocument", decisions},
		{23, "any", "a userName and nothing else", "201", "RFC 7643 §4.1", "scim.ParseDocument", decisions},
		{24, "Okta, Keycloak", "id, meta, groups in POST and PUT; the own id in PATCH", "ignored; another id, its removal, or a path to groups or meta is 400 mutability", "T8, T25", "scim.CheckID", decisions},
		{25, "Entra, Okta", "null, `\"\"`, `[]`", "unassigned; 400 invalidValue where a value is required", "RFC 7643 §2.5, T65", "scim.ParseDocument", decisions},
		{26, "Entra", "unknown or misspelt schema URIs, of any form, and attributes", "ignored and counted; a path that cannot be read is 400 invalidPath", "T65, T73", "scim.Unknown", decisions},
		{27, "Okta", "PATCH without schemas, with other keys, `Operations: []`", "taken; an empty list changes nothing", "T28", "scimhttp.envelope", decisions},
		{28, "Entra", "booleans and numbers as texts, `\"False\"`", "read as the schema has them", "T48", "scim.boolean", decisions},
		{29, "Entra", "members as texts or objects, a single value in a list, a role as JSON in a text", "read as what they are meant to be", "T110", "scim.unpackRole", decisions},
		{30, "Okta, Entra", "an unknown member among good ones", "204; kept, not shown, and a member as soon as it appears", "identity-providers.md, row 30", "store.ChangeMembers", decisions},
		{31, "any", "members of whom none is known", "the same", "identity-providers.md, row 31", "store.ChangeMembers", decisions},
		{32, "Entra", "PATCHes of one group at once", "all count: deltas under the row's lock", "identity-providers.md §0", "directory.changeGroup", decisions},
		{33, "Okta", "a group's PATCH that does not name members", "they stay", "T25", "scim.ApplyMembers", decisions},
		{34, "any", "PUT of a group without members, of a user without active", "both stay: a slip must neither empty a queue nor bring a leaver back", "RFC 7644 §3.5.1", "scim.ReplaceDocument", decisions},
		{35, "Okta", "PUT of a user without another attribute", "it is cleared", "RFC 7644 §3.5.1", "scim.ReplaceDocument", decisions},
		{36, "Entra", "active=true again", "memberships are where they were", "identity-providers.md §2.1", "directory.changeUser", decisions},
	}
}

// onTheProtocol are the other rows of docs/reference/identity-providers.md §4.
func onTheProtocol() []Rule {
	return []Rule{
		{37, "Okta, Entra", "many requests", "429 above the connection's rate only, never below 25 a second; `Retry-After` in whole seconds", "identity-providers.md §1.5", "scimdoor.take", atTheDoor},
		{38, "all", "no token, or a wrong one", "401 as SCIM JSON with `WWW-Authenticate`, before everything else", "RFC 7644 §2", "auth.Authenticate", atTheDoor},
		{39, "Okta, Entra", "any Accept, or none", "never 406; always `application/scim+json`, with a PATCH's 204, too: clients of SCIM-SDK take no other for success", "identity-providers.md §2.1", "scimhttp.send", decisions},
		{40, "any", "`application/scim+json`, `application/json`, or no Content-Type", "taken; 415 for what names something else: forms, XML, HTML, pictures; `text/plain` and `application/octet-stream` are taken", "identity-providers.md, row 40", "scimhttp.readBody", decisions},
		{41, "Entra", "`?aadOptscim062020`, parameters that are unknown or empty", "ignored", "T37", "scimhttp.parseParameters", decisions},
		{42, "all, pocket-id", "paging", "startIndex echoed, exact total, itemsPerPage of what came, an order that stays; past the end 200", "RFC 7644 §3.4.2.4", "scimhttp.appendListHead", decisions},
		{43, "any", "count=0, or below", "200 and the total", "RFC 7644 §3.4.2.4", "scimhttp.listQuery", decisions},
		{44, "any", "`cursor`", "pages by cursor beside those by index, which stay the default; 400 invalidCursor or expiredCursor", "RFC 9865", "scimhttp.list", decisions},
		{45, "all", "names, operators, URNs in any case", "read; userName, displayName and emails fold, id and externalId do not", "RFC 7643 §2.1", "scim.Lookup", decisions},
		{46, "Microsoft's documents", "a filter's value without quotes", "one word; more is 400 invalidFilter", "T38", "scim.literal", decisions},
		{47, "Ping", "ids of any shape, `GET /Users/0`", "404; ours are random texts", "identity-providers.md §3", "scim.Valid", decisions},
		{48, "any", "If-Match, If-None-Match", "current or 412; 304", "RFC 7644 §3.14", "scimhttp.condition", decisions},
		{49, "Entra", "DELETE, then anything", "204, then 404; the userName is free", "T52", "store.DeleteUser", decisions},
		{50, "Okta, Entra", "deactivated users", "in every answer", "identity-providers.md §2.2", "store.Users", decisions},
		{51, "authentik", "ServiceProviderConfig", "always names `bulk.maxOperations` and `filter.maxResults`", "identity-providers.md §3", "scimhttp.config", decisions},
		{52, "pocket-id", "meta.lastModified", "moves with what one sees, and only then", "identity-providers.md §3", "directory.changeUser", decisions},
		{53, "Entra", "add or replace of a part of a complex attribute; a second primary", "the other parts stay; a second primary takes it from the first", "RFC 7644 §3.5.2.3", "scim.merge", decisions},
		{54, "all", "a request while the database is unavailable", "503 with `Retry-After`; never 401 or 404", "identity-providers.md §2.1", "scimhttp.WriteError", decisions},
	}
}

// others are what the table does not list.
func others() []Rule {
	return []Rule{
		{0, "Entra", "op Add, Replace, Remove; OP, PATH, VALUE", "in any case", "T43", "scimhttp.verbOf", "scim/scimhttp TestPatch"},
		{0, "Entra", "`name.givenName` and `urn:…:User:department` as keys of a value", "paths", "T53", "scim.each", "scim/scimhttp TestPatch"},
		{0, "Okta", "a password in every POST", "dropped, never stored, echoed or logged", "T4", "scimhttp.isPassword", "scim/scimhttp TestPasswordIsNeverSeen"},
		{0, "Okta", "our own GET body in a PUT", "changes nothing", "identity-providers.md §0", "scim.ReplaceDocument", "scim/scimhttp TestReplace"},
		{0, "Entra", "`emails[type eq \"work\"].value eq \"…\"` as a filter", "the element's value", "T39", "scim.element", "scim/scimhttp TestFilter"},
		{0, "Entra", "`manager eq`, `members eq` in a filter", "their value", "T60", "scim.operand", "scim/scimhttp TestFilter"},
		{0, "Microsoft's suite", "`attributes=emails[type eq \"work\"]`", "emails", "identity-providers.md §2.2", "scimhttp.withoutFilter", "scim/scimhttp TestProjection"},
		{0, "Entra", "roles in its three styles: one primary, JSON in a text, the whole list; `displayName` for `display`", "added or replaced, compared by value", "identity-providers.md §2.3", "scim.unpackRole", "scim/scimhttp TestDialects"},
		{0, "Entra", "`roles[primary eq \"True\"].type` before the `.value` of the same PATCH", "one element with both; what has a type and no value at the end is not kept", "identity-providers.md §2.3", "scim.made", "scim/scimhttp TestDialects"},
		{0, "Entra", "`urn:…:User.department`, with a dot, as customappsso jobs write it", "`urn:…:User:department`", "identity-providers.md §2.3", "scim.find", "scim/scimhttp TestDialects"},
		{0, "JumpCloud", "a test user and a test group, made and deleted at once", "201 and 204, and the names are free", "identity-providers.md §3", "store.DeleteUser", "scim/scimhttp TestDialects"},
		{0, "authentik", "a group's pathless replace, members in chunks, removal by a list of values", "as Okta's and Entra's", "identity-providers.md §3", "scim.ApplyMembers", "scim/scimhttp TestDialects"},
		{0, "pocket-id", "PUT, then it compares the body and lastModified", "200 with the body", "identity-providers.md §3", "scimhttp.replace", "scim/scimhttp TestDialects"},
		{0, "Keycloak", "JSON in the text of a role, id, meta and groups in PUT", "the role in it; the others are ignored", "identity-providers.md §3", "scim.unpackRole", "scim/scimhttp TestDialects"},
		{0, "OneLogin", "URNs of SCIM 1.x", "ignored as any other unknown schema", "identity-providers.md §3", "scim.ParseDocument", "scim/scimhttp TestDialects"},
		{0, "Google Workspace", "one user asked for at the set-up; bodies as `application/json`", "as any other; little else is known of it", "github.com/pond/scimitar/issues/142", "scimhttp.readBody", "scim/scimhttp TestDialects"},
		{0, "Okta", "a person who is there already: looked up, read, put", "linked; memberships stay", "identity-providers.md §1.3", "directory.ReplaceUser", "scim/scimhttp TestDialects"},
		{0, "Okta", "a number as externalId or postalCode, null as name", "texts; no name", "identity-providers.md §1.5", "scim.plain", "scim/scimhttp TestEntitlements"},
		{0, "Okta", "`/ResourceTypes`, `/Schemas`, then each endpoint with Okta's schema Role or Entitlement", "`/Roles` and `/Entitlements` of what the mapping rules understand, to read only; 404 unless the connection has it switched on", "identity-providers.md §1.5", "scimhttp.newGrants", "scim/scimhttp TestEntitlements"},
		{0, "Okta", "import in pages of 100 until totalResults", "each once, in the order of creation", "identity-providers.md §1.3", "store.Users", "scim/scimtest TestOkta"},
	}
}
