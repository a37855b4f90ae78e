package refusal

// These errors are about access.
var (
	TokenInvalid = add("token-invalid", 401, "",
		"The request has no valid token.", "Send one created by `flexscim token create` as `Authorization: Bearer TOKEN`.")
	TokenIsPersonal = add("token-is-personal", 403, "",
		"This token belongs to one person. It can only read that person at /Me, and the discovery documents.", "Use the token of an identity provider for anything else.")
	MeIsReadOnly = add("me-is-read-only", 403, "",
		"This token belongs to one person and can only read /Me.", "Ask an administrator to change the person's data in the identity provider.")
	MeNeedsPerson = add("me-needs-person", 501, "",
		"There is no /Me for this token, because it belongs to an identity provider and not to a person.",
		"Use /Users with a filter on userName, or a token created by `flexscim token create --person`.")
	TooManyRequests = add("too-many-requests", 429, "",
		"%s sent more than %d requests a second (limits.rate). Nothing was changed.", "Wait as long as Retry-After says.")
	TooManyWithoutToken = add("too-many-without-token", 429, "",
		"This address sent many requests without a valid token.", "Wait as long as Retry-After says, and send a token created by `flexscim token create`.")
)

// These errors are about addresses and methods.
var (
	AddressUnknown = add("address-unknown", 404, "",
		"There is nothing at this address.",
		"Check the base URL: the endpoints below it are /Users, /Groups, /Bulk, /.search, /ServiceProviderConfig, /ResourceTypes and /Schemas.")
	OutsideSCIM = add("outside-scim", 404, "",
		"There is nothing at this address.", "SCIM is at %s.")
	DocumentUnknown = add("document-unknown", 404, "",
		"There is nothing at this address.", "GET %s lists the documents, each with its id.")
	ResourceUnknown = add("resource-unknown", 404, "",
		"%s %q does not exist in this connection.", "Look it up with a filter, or create it.")
	IDUnknown = add("id-unknown", 404, "",
		"No %s has this id, because flexscim never assigns an id of this form.", "Look the resource up with a filter, or create it.")
	GrantUnknown = add("grant-unknown", 404, "",
		"No %s has this id.", "GET %s lists the values that a user can have. The mapping rules define these values.")
	MethodUnknown = add("method-unknown", 405, "",
		"This address does not support the request's method.", "Use one of these: %s.")
	DiscoveryFiltered = add("discovery-filtered", 403, "",
		"Discovery documents cannot be filtered (RFC 7644 §4).", "Leave the filter out.")
)

// These errors are about the state of the server.
var (
	Fault = add("fault", 500, "",
		"flexscim failed to handle the request.", "Find the reference in the log, and report the error.")
	DirectoryUnavailable = add("directory-unavailable", 503, "",
		"The directory is unavailable, so the request was not completed.", "Repeat it later.")
	DatabaseUnavailable = add("database-unavailable", 503, "",
		"The database is unavailable, so the token could not be checked. Nothing was changed.", "Repeat the request later.")
	TimedOut = add("timed-out", 503, "",
		"The request exceeded the time limit (limits.request_time), and was not completed.", "Split it into smaller requests, or repeat it later.")
)

// These errors are about headers and parameters.
var (
	HeadersTooLarge = add("headers-too-large", 431, "",
		"The request's line and headers have more than %d bytes (limits.headers).", "Send a long filter with POST to .search.")
	MediaTypeUnknown = add("media-type-unknown", 415, "",
		"The Content-Type says that the body is not JSON.", "Send JSON as application/scim+json.")
	EncodingUnknown = add("encoding-unknown", 415, "",
		"The Content-Encoding of the body is not supported.", "Send the body with Content-Encoding gzip, or uncompressed.")
	ETagMalformed = add("etag-malformed", 400, InvalidValue,
		"%s is not a list of entity tags in quotes.", `Send the ETag as you received it, such as W/"3".`)
	VersionChanged = add("version-changed", 412, "",
		"The resource has changed since the version that the request names.", "Read it again and repeat the change.")
	VersionExists = add("version-exists", 412, "",
		"The resource exists in a version that If-None-Match names.", "Leave that header out to change it.")
	ParameterNameMalformed = add("parameter-name-malformed", 400, InvalidValue,
		"The name of a query parameter has a %% without two hexadecimal digits after it.", "Write the character %% as %%25.")
	ParameterMalformed = add("parameter-malformed", 400, InvalidValue,
		"%s has a %% without two hexadecimal digits after it.", "Write the character %% as %%25.").or(InvalidFilter)
	ParameterTwice = add("parameter-twice", 400, InvalidValue,
		"%s is in the query twice, with different values.", "Send it once.").or(InvalidFilter)
	NumberMalformed = add("number-malformed", 400, InvalidValue,
		"%s is not a whole number.", "Send a whole number, or leave the parameter out.")
	SearchMalformed = add("search-malformed", 400, InvalidValue,
		"%s does not have the type that a SearchRequest requires (RFC 7644 §3.4.3).", "Correct it, or leave it out.")
)

// These errors are about lists.
var (
	SortUnknown = add("sort-unknown", 400, InvalidPath,
		"A %s cannot be sorted by %s.", "Name an attribute of /Schemas that has a simple value, such as displayName or meta.created.")
	SortOrderUnknown = add("sort-order-unknown", 400, InvalidValue,
		"sortOrder is neither ascending nor descending.", "Send one of them, or leave it out.")
	CursorInvalid = add("cursor-invalid", 400, InvalidCursor,
		"The cursor is not valid for this list. It was changed, or comes from another connection, address, filter, sortBy or sortOrder.",
		"Send a nextCursor or previousCursor unchanged, with the parameters of the first page; or start again with an empty cursor.")
	CursorExpired = add("cursor-expired", 400, ExpiredCursor,
		"The cursor expired at %s.", "Start again with an empty cursor, and ask for each page within the cursorTimeout of the ServiceProviderConfig.")
	CountInvalid = add("count-invalid", 400, InvalidCount,
		"With a cursor, count must be a whole number of at least 1.", "Send a number from 1 to %d, or leave it out.")
	TooManyToScan = add("too-many-to-scan", 400, TooMany,
		"This request would examine more than %d %s one by one (limits.scan).", `Narrow the filter with "and". These attributes have an index: %s.`)
	TooMuchToScan = add("too-much-to-scan", 400, TooMany,
		"This request would examine %s one by one, and together these are too large (limits.scan).",
		`Narrow the filter with "and", or send fewer comparisons. These attributes have an index: %s.`)
	TooManyMembersToScan = add("too-many-members-to-scan", 400, TooMany,
		"This request would examine more than %d members of groups one by one (limits.scan).",
		`Compare members.value with eq, or narrow the filter to fewer groups with "and". These attributes have an index: %s.`)
)

// These errors are about filters and the paths of PATCH operations.
var (
	FilterMalformed = add("filter-malformed", 400, InvalidFilter,
		"The filter cannot be read.", `Write comparisons as userName eq "ann@example.com", and combine them with "and", "or", "not" and parentheses.`)
	FilterTooManyComparisons = add("filter-too-many-comparisons", 400, InvalidFilter,
		"The filter has more than %d comparisons.", "Split it into several requests.")
	FilterOfOneType = add("filter-of-one-type", 400, InvalidFilter,
		`An "or" or a "not" in the filter contains an attribute that only one resource type has.`, `Send it to /Users or /Groups, or use "and".`)
	PathMalformed = add("path-malformed", 400, InvalidPath,
		"The path of an operation cannot be read.", `Write it as emails[type eq "work"].value.`)
	PathUnknown = add("path-unknown", 400, InvalidPath,
		"The path of an operation names no attribute of a %s.", "Take the names from /Schemas. Nothing was changed.")
	PathNotText = add("path-not-text", 400, InvalidPath,
		"The path of an operation is not a string.", "Send the path as a string, or leave it out.")
	ExpressionTooLong = add("expression-too-long", 400, InvalidFilter,
		"The expression is longer than %d bytes (limits.filter_length).", "Split it into several requests.").or(InvalidPath)
	ExpressionTooManyComparisons = add("expression-too-many-comparisons", 400, InvalidFilter,
		"The expression has more than %d comparisons (limits.filter_terms).", "Split it into several requests.").or(InvalidPath)
	ExpressionTooDeep = add("expression-too-deep", 400, InvalidFilter,
		"The expression nests more than %d brackets (limits.filter_depth).", "Write it with fewer levels.").or(InvalidPath)
	ExpressionNotUTF8 = add("expression-not-utf8", 400, InvalidFilter,
		"The expression is not valid UTF-8, or contains NUL.", "Correct its encoding.").or(InvalidPath)
	ExpressionStringMalformed = add("expression-string-malformed", 400, InvalidFilter,
		"A string in the expression is not a JSON string.", "Close it with a quote, and escape what JSON requires.").or(InvalidPath)
	ExpressionEscape = add("expression-escape", 400, InvalidFilter,
		`A string in the expression has the escape \%s, which JSON reads as a control character.`, `Write a backslash as \\, as in userName eq "CORP\\bob".`).or(InvalidPath)
	ExpressionBracketOpen = add("expression-bracket-open", 400, InvalidFilter,
		"A square bracket in the expression is not closed.", `Write a value filter as emails[type eq "work"].`).or(InvalidPath)
	AttributeUnknown = add("attribute-unknown", 400, InvalidFilter,
		"%s is not an attribute of a %s that a filter can name.", "Use an attribute of /Schemas.").or(InvalidPath)
	AttributeNotFilterable = add("attribute-not-filterable", 400, InvalidFilter,
		"%s has no elements that a filter in square brackets could select.", `Compare the attribute itself, as in userName eq "ann".`).or(InvalidPath)
	OperatorNotForType = add("operator-not-for-type", 400, InvalidFilter,
		"%s is %s, which %s cannot compare.", "Use eq.").or(InvalidPath)
	LiteralNotOfType = add("literal-not-of-type", 400, InvalidFilter,
		"%s is %s, and the filter compares it with a value of another type.", "Write %s.").or(InvalidPath)
)

// These errors are about bodies.
var (
	BodyTooSlow = add("body-too-slow", 408, "",
		"The body did not arrive within the time limit of a request (limits.request_time).", "Send it faster, or in several requests.")
	BodyTooLarge = add("body-too-large", 413, "",
		"The body is longer than %s, the limit of this server (limits.body).", "Send fewer operations or members in each request.")
	BodyTooManyValues = add("body-too-many-values", 413, "",
		"The body has more than %d JSON values, which is the limit of this server (it grows with limits.body).", "Send fewer operations or members in each request.")
	BodiesBusy = add("bodies-busy", 503, "",
		"The bodies of other requests use all memory for bodies (limits.bodies), so the body of this request was not read. Nothing was changed.", "Repeat the request later.")
	BodyCut = add("body-cut", 400, InvalidSyntax,
		"The body ended early.", "Send the request again.")
	BodyNotGzip = add("body-not-gzip", 400, InvalidSyntax,
		"The Content-Encoding says gzip, but the body is not in gzip format, or is damaged.", "Compress it again, or send it uncompressed without that header.")
	BodyNotUTF8 = add("body-not-utf8", 400, InvalidSyntax,
		"The body is not valid UTF-8.", "Encode it as UTF-8.")
	BodySurrogate = add("body-surrogate", 400, InvalidSyntax,
		`The body has a \u escape for only half of a surrogate pair.`, "Send the whole character.")
	BodyNotJSON = add("body-not-json", 400, InvalidSyntax,
		"The body is not valid JSON.", "Send one JSON object as application/scim+json.")
	BodyNotObject = add("body-not-object", 400, InvalidSyntax,
		"The body is not a JSON object.", "Send one object.")
	BodyTrailing = add("body-trailing", 400, InvalidSyntax,
		"Something follows the JSON object in the body.", "Send one object.")
	BodyTooDeep = add("body-too-deep", 400, InvalidSyntax,
		"The body nests objects and lists more than %d levels deep (limits.depth).", "Send an object with fewer levels.")
	BodyKeyTwice = add("body-key-twice", 400, InvalidSyntax,
		"The key %q is in one object twice.", "Send each key once.")
	BodyNUL = add("body-nul", 400, InvalidValue,
		"A string in the body contains the character NUL.", "Remove it.")
)

// These errors are about resources.
var (
	ValueTaken = add("value-taken", 409, Uniqueness,
		"%s is already taken by another resource of this connection.", "Look it up with a filter and link to it, or choose another value.")
	DomainNotAllowed = add("domain-not-allowed", 400, InvalidValue,
		"The domain of the userName is not among the allowed domains of this connection, or belongs to another one.",
		"Correct the userName, or have an operator allow the domain: `flexscim connection change NAME --allowed-domains`.")
	SchemaViolation = add("schema-violation", 400, InvalidValue,
		"%s does not fit its schema. A required value is missing, or a value has the wrong type.", "Compare it with /Schemas.").or(Types()...)
	ValueRequired = add("value-required", 400, InvalidValue,
		"%s is required.", "In the IdP, map it from an attribute that is never empty.")
	ValueWrongType = add("value-wrong-type", 400, InvalidValue,
		"%s must be %s, and the value cannot be converted to one.", "Correct the mapping.")
	ValueTooLong = add("value-too-long", 400, InvalidValue,
		"%s is longer than %d characters.", "Map a shorter one.")
	ValueNUL = add("value-nul", 400, InvalidValue,
		"%s contains the character NUL.", "Remove it.")
	AttributeTwice = add("attribute-twice", 400, InvalidSyntax,
		"%s is given twice, in different spellings.", "Send it once.")
	TooManyValues = add("too-many-values", 400, InvalidValue,
		"%s can have at most %d values (limits.values).", "Send fewer, or replace them instead of adding more.")
	TooManyMembers = add("too-many-members", 413, "",
		"The request names more than %d members (limits.members).", "Add and remove them in several PATCH requests.")
	ResourceTooLarge = add("resource-too-large", 413, "",
		"The stored %s would exceed %d bytes, half of the largest body (limits.body).", "Send fewer or shorter values.")
	MemberUnknown = add("member-unknown", 400, InvalidValue,
		"The value of members, or one of its elements, contains no id.", "Send the id of each member. To empty a group, replace members with [].")
)

// These errors are about the operations of a PATCH.
var (
	PatchWithoutOperations = add("patch-without-operations", 400, InvalidSyntax,
		"The PATCH has no list of Operations.", "Send a urn:ietf:params:scim:api:messages:2.0:PatchOp.")
	PatchTooLong = add("patch-too-long", 413, "",
		"The PATCH has more than %d operations (limits.patch_operations).", "Send them in several requests.")
	PatchTooMuchWork = add("patch-too-much-work", 413, "",
		"Together, the operations of this PATCH examine too many values.", "Send one operation with all values of an attribute, or several requests.")
	OperationNotObject = add("operation-not-object", 400, InvalidSyntax,
		"An operation is not a JSON object.", "Send {op, path, value}.")
	OperationKeyTwice = add("operation-key-twice", 400, InvalidSyntax,
		"%s is in one object twice.", "Send it once.")
	OpUnknown = add("op-unknown", 400, InvalidSyntax,
		"The op of an operation is not add, replace or remove.", "Send one of them.")
	OperationWithoutValue = add("operation-without-value", 400, InvalidValue,
		"The %s operation has no value (RFC 7644 §3.5.2).", "Send a value, null to clear the attribute, or the op remove.")
	ValueNotObject = add("value-not-object", 400, InvalidValue,
		"The value of an operation without a path is not a JSON object.", "Send an object of attributes, or a path.")
	URNNotObject = add("urn-not-object", 400, InvalidValue,
		"%s must be an object of attributes.", "Correct the mapping.")
	KeyNotPath = add("key-not-path", 400, InvalidPath,
		"A key in the value of an operation cannot be read as a path.", `Write it as emails[type eq "work"].value.`)
	RemoveWithoutPath = add("remove-without-path", 400, NoTarget,
		"A remove operation has no path.", "Name the attribute to remove.")
	NotMultiValued = add("not-multi-valued", 400, NoTarget,
		"%s is not multi-valued, so a filter cannot select from it.", "Correct the path.")
	FilterSelectsNothing = add("filter-selects-nothing", 400, NoTarget,
		"The filter selects no value of %s, and no value can be created from it.", "Correct the path.")
	MembersFilter = add("members-filter", 400, NoTarget,
		`A filter on members works only with remove, and must contain value eq "…", alone or with others in an "and".`, "Correct the path.")
	MemberValueReadOnly = add("member-value-read-only", 400, Mutability,
		"A member's value cannot be changed.", "Remove the member and add another one.")
	IDReadOnly = add("id-read-only", 400, Mutability,
		"id is read-only, because a resource keeps its id.", "Leave it out.")
	ReadOnly = add("read-only", 400, Mutability,
		"%s is read-only.", "Leave it out.")
	RemoveRequired = add("remove-required", 400, Mutability,
		"%s is required and cannot be removed.", "Replace it instead.")
	RemoveRequiredOfElement = add("remove-required-of-element", 400, Mutability,
		"%s is required and cannot be removed.", "Remove the whole element.")
)

// These errors are about bulk requests.
var (
	BulkWithoutOperations = add("bulk-without-operations", 400, InvalidSyntax,
		"The bulk request has no list of Operations.", "Send a urn:ietf:params:scim:api:messages:2.0:BulkRequest.")
	BulkOtherMessage = add("bulk-other-message", 400, InvalidSyntax,
		"The schemas of the bulk request name another message.", "Send a urn:ietf:params:scim:api:messages:2.0:BulkRequest.")
	BulkTooLong = add("bulk-too-long", 413, "",
		"The bulk request has %d operations, more than maxOperations (%d) allows (limits.bulk_operations).", "Send them in several requests.")
	BulkTooMuchWork = add("bulk-too-much-work", 413, "",
		"Together, the operations of this bulk request examine too many values.", "Send this operation and the later ones in other requests.")
	BulkFailOnErrors = add("bulk-fail-on-errors", 400, InvalidValue,
		"failOnErrors is not a number of errors.", "Send a whole number, or leave it out.")
	BulkNotObject = add("bulk-not-object", 400, InvalidSyntax,
		"The operation is not a JSON object.", "Send {method, path, bulkId, data}.")
	BulkMethodUnknown = add("bulk-method-unknown", 400, InvalidSyntax,
		"The method of the operation is not POST, PUT, PATCH or DELETE.", "Send one of them.")
	BulkWithoutData = add("bulk-without-data", 400, InvalidSyntax,
		"The operation has no data, or its data is not a JSON object.", "Send the object that a %s needs.")
	BulkVersionNotText = add("bulk-version-not-text", 400, InvalidValue,
		"The version of the operation is not a string.", `Send the ETag as you received it, such as W/"3".`)
	BulkPathUnknown = add("bulk-path-unknown", 400, InvalidPath,
		"The path of the operation is not /Users, /Groups, /Users/ID or /Groups/ID.", "Send a path relative to the base URL, such as /Users/ID.")
	BulkPathNotForMethod = add("bulk-path-not-for-method", 400, InvalidPath,
		"The path of the operation does not fit its method.", "Send a POST to a collection, such as /Users, and the other methods to a resource, such as /Users/ID.")
	BulkIDMissing = add("bulk-id-missing", 400, InvalidSyntax,
		"A POST in a bulk request needs a bulkId (RFC 7644 §3.7).", "Send one that is unique in the request.")
	BulkIDTwice = add("bulk-id-twice", 400, InvalidValue,
		"Another POST of this request has the same bulkId.", "Give each its own.")
	BulkIDUnknown = add("bulk-id-unknown", 400, InvalidValue,
		"The operation refers to a bulkId that no POST of this request has.", "Correct it.")
	BulkIDCircle = add("bulk-id-circle", 409, "",
		"The operation is in a circle of bulkId references, or refers to one.", "Create the resources first and link them in a second request.")
	BulkIDFailed = add("bulk-id-failed", 409, "",
		"The operation refers to the bulkId of a POST that failed.", "Correct that POST and send both again.")
	BulkTimedOut = add("bulk-timed-out", 503, "",
		"The bulk request ran out of time before this operation began.", "Send it again in a smaller bulk request.")
)
