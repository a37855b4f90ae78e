package refusal

// Access.
var (
	TokenInvalid = add(Refusal{Name: "token-invalid", Status: 401,
		What: "The request has no valid token.",
		Fix:  "Send one made by `flexscim token create` as `Authorization: Bearer TOKEN`."})
	TokenIsPersonal = add(Refusal{Name: "token-is-personal", Status: 403,
		What: "This token stands for one person: it only reads that person at /Me, and discovery.",
		Fix:  "Use the token of an identity provider for anything else."})
	MeIsReadOnly = add(Refusal{Name: "me-is-read-only", Status: 403,
		What: "This token stands for one person and can only read /Me.",
		Fix:  "A person's data comes from the identity provider: have it changed there."})
	MeNeedsPerson = add(Refusal{Name: "me-needs-person", Status: 501,
		What: "There is no /Me for this token: it stands for an identity provider, not for a person.",
		Fix:  "Use /Users with a filter on userName, or a token made by `flexscim token create --person`."})
	TooManyRequests = add(Refusal{Name: "too-many-requests", Status: 429,
		What: "%s sent more than %d requests a second (limits.rate). Nothing was changed.",
		Fix:  "Wait as long as Retry-After says."})
	TooManyWithoutToken = add(Refusal{Name: "too-many-without-token", Status: 429,
		What: "This address sent many requests without a valid token.",
		Fix:  "Wait as long as Retry-After says, and send a token made by `flexscim token create`."})
)

// Addresses and methods.
var (
	AddressUnknown = add(Refusal{Name: "address-unknown", Status: 404,
		What: "There is nothing at this address.",
		Fix:  "Check the base URL: the endpoints below it are /Users, /Groups, /Bulk, /.search, /ServiceProviderConfig, /ResourceTypes and /Schemas."})
	OutsideSCIM = add(Refusal{Name: "outside-scim", Status: 404,
		What: "There is nothing at this address.",
		Fix:  "SCIM is at %s."})
	DocumentUnknown = add(Refusal{Name: "document-unknown", Status: 404,
		What: "There is nothing at this address.",
		Fix:  "GET %s lists the documents, each with its id."})
	ResourceUnknown = add(Refusal{Name: "resource-unknown", Status: 404,
		What: "%s %q does not exist in this connection.",
		Fix:  "Look it up with a filter, or create it."})
	IDUnknown = add(Refusal{Name: "id-unknown", Status: 404,
		What: "No %s has this id: flexscim assigns an id when it creates a resource, and never one like this.",
		Fix:  "Look the resource up with a filter, or create it."})
	GrantUnknown = add(Refusal{Name: "grant-unknown", Status: 404,
		What: "No %s has this id.",
		Fix:  "GET %s lists those that a user can have; the mapping rules define them."})
	MethodUnknown = add(Refusal{Name: "method-unknown", Status: 405,
		What: "This address does not take the request's method.",
		Fix:  "Use one of these: %s."})
	DiscoveryFiltered = add(Refusal{Name: "discovery-filtered", Status: 403,
		What: "Discovery documents cannot be filtered (RFC 7644 §4).",
		Fix:  "Leave the filter out."})
)

// The server's state.
var (
	Fault = add(Refusal{Name: "fault", Status: 500,
		What: "flexscim failed to handle the request.",
		Fix:  "Look the reference up in the log, and report it."})
	DirectoryUnavailable = add(Refusal{Name: "directory-unavailable", Status: 503,
		What: "The directory is unavailable, so the request was not completed.",
		Fix:  "Repeat it later."})
	DatabaseUnavailable = add(Refusal{Name: "database-unavailable", Status: 503,
		What: "The database is unavailable, so the token could not be checked. Nothing was changed.",
		Fix:  "Repeat the request later."})
	TimedOut = add(Refusal{Name: "timed-out", Status: 503,
		What: "The request took longer than one may take (limits.request_time), and was not completed.",
		Fix:  "Ask for less at once, or repeat it later."})
)

// Headers and parameters.
var (
	HeadersTooLarge = add(Refusal{Name: "headers-too-large", Status: 431,
		What: "The request's line and headers have more than %d bytes (limits.headers).",
		Fix:  "Send a long filter with POST to .search."})
	MediaTypeUnknown = add(Refusal{Name: "media-type-unknown", Status: 415,
		What: "The Content-Type says that the body is not JSON.",
		Fix:  "Send JSON as application/scim+json."})
	EncodingUnknown = add(Refusal{Name: "encoding-unknown", Status: 415,
		What: "The Content-Encoding of the body is not supported.",
		Fix:  "Send the body with Content-Encoding gzip, or uncompressed."})
	ETagMalformed = add(Refusal{Name: "etag-malformed", Status: 400, Type: InvalidValue,
		What: "%s is not a list of entity tags, which stand in quotes.",
		Fix:  `Send the ETag as you received it, such as W/"3".`})
	VersionChanged = add(Refusal{Name: "version-changed", Status: 412,
		What: "The resource has changed since the version that the request names.",
		Fix:  "Read it again and repeat the change."})
	VersionExists = add(Refusal{Name: "version-exists", Status: 412,
		What: "The resource exists in a version that If-None-Match names.",
		Fix:  "Leave that header out to change it."})
	ParameterNameMalformed = add(Refusal{Name: "parameter-name-malformed", Status: 400, Type: InvalidValue,
		What: "The name of a query parameter has a %% without two hexadecimal digits behind it.",
		Fix:  "Write the character %% as %%25."})
	ParameterMalformed = add(Refusal{Name: "parameter-malformed", Status: 400, Type: InvalidValue, Also: []string{InvalidFilter},
		What: "%s has a %% without two hexadecimal digits behind it, so that it cannot be read.",
		Fix:  "Write the character %% as %%25."})
	ParameterTwice = add(Refusal{Name: "parameter-twice", Status: 400, Type: InvalidValue, Also: []string{InvalidFilter},
		What: "%s is in the query twice, with different values.",
		Fix:  "Send it once."})
	NumberMalformed = add(Refusal{Name: "number-malformed", Status: 400, Type: InvalidValue,
		What: "%s is not a whole number.",
		Fix:  "Send one, or leave it out."})
	SearchMalformed = add(Refusal{Name: "search-malformed", Status: 400, Type: InvalidValue,
		What: "%s has another type than in a SearchRequest (RFC 7644 §3.4.3).",
		Fix:  "Correct it, or leave it out."})
)

// Lists.
var (
	SortUnknown = add(Refusal{Name: "sort-unknown", Status: 400, Type: InvalidPath,
		What: "A %s cannot be sorted by %s.",
		Fix:  "Name an attribute of /Schemas that has a value of its own, such as displayName or meta.created."})
	SortOrderUnknown = add(Refusal{Name: "sort-order-unknown", Status: 400, Type: InvalidValue,
		What: "sortOrder is neither ascending nor descending.",
		Fix:  "Send one of them, or leave it out."})
	CursorInvalid = add(Refusal{Name: "cursor-invalid", Status: 400, Type: InvalidCursor,
		What: "The cursor does not belong to this list: it was changed, or comes from another connection, address, filter, sortBy or sortOrder.",
		Fix:  "Send a nextCursor or previousCursor unchanged, with the parameters of the first page; or start again with an empty cursor."})
	CursorExpired = add(Refusal{Name: "cursor-expired", Status: 400, Type: ExpiredCursor,
		What: "The cursor expired at %s.",
		Fix:  "Start again with an empty cursor, and ask for each page within the cursorTimeout of the ServiceProviderConfig."})
	CountInvalid = add(Refusal{Name: "count-invalid", Status: 400, Type: InvalidCount,
		What: "count is not the size of a page, which a cursor needs.",
		Fix:  "Send a number from 1 to %d, or leave it out."})
	TooManyToScan = add(Refusal{Name: "too-many-to-scan", Status: 400, Type: TooMany,
		What: "flexscim would have to look at more than %d %s one by one (limits.scan).",
		Fix:  "Join a comparison that leaves fewer by and. These attributes have an index: %s."})
	TooManyMembersToScan = add(Refusal{Name: "too-many-members-to-scan", Status: 400, Type: TooMany,
		What: "flexscim would have to look at more than %d members of groups one by one (limits.scan).",
		Fix:  "Compare members.value with eq, or join a comparison that leaves fewer groups by and. These attributes have an index: %s."})
)

// Filters, and the paths of a PATCH.
var (
	FilterMalformed = add(Refusal{Name: "filter-malformed", Status: 400, Type: InvalidFilter,
		What: "The filter cannot be read.",
		Fix:  `Write comparisons as userName eq "ann@example.com", and join them by and, or and brackets.`})
	FilterTooManyComparisons = add(Refusal{Name: "filter-too-many-comparisons", Status: 400, Type: InvalidFilter,
		What: "The filter has more than %d comparisons.",
		Fix:  "Ask for less at once."})
	FilterOfOneType = add(Refusal{Name: "filter-of-one-type", Status: 400, Type: InvalidFilter,
		What: "The filter names, below or or not, an attribute that only one resource type has.",
		Fix:  "Ask /Users or /Groups, or use and."})
	PathMalformed = add(Refusal{Name: "path-malformed", Status: 400, Type: InvalidPath,
		What: "The path of an operation cannot be read.",
		Fix:  `Write it as emails[type eq "work"].value.`})
	PathNotText = add(Refusal{Name: "path-not-text", Status: 400, Type: InvalidPath,
		What: "The path of an operation is not a string.",
		Fix:  "Send one, or leave it out."})
	ExpressionTooLong = add(Refusal{Name: "expression-too-long", Status: 400, Type: InvalidFilter, Also: []string{InvalidPath},
		What: "The expression is longer than %d bytes (limits.filter_length).",
		Fix:  "Ask for less at once."})
	ExpressionTooManyComparisons = add(Refusal{Name: "expression-too-many-comparisons", Status: 400, Type: InvalidFilter, Also: []string{InvalidPath},
		What: "The expression has more than %d comparisons (limits.filter_terms).",
		Fix:  "Ask for less at once."})
	ExpressionTooDeep = add(Refusal{Name: "expression-too-deep", Status: 400, Type: InvalidFilter, Also: []string{InvalidPath},
		What: "The expression has more than %d brackets within each other (limits.filter_depth).",
		Fix:  "Write it flatter."})
	ExpressionNotUTF8 = add(Refusal{Name: "expression-not-utf8", Status: 400, Type: InvalidFilter, Also: []string{InvalidPath},
		What: "The expression is not valid UTF-8, or contains NUL.",
		Fix:  "Correct its encoding."})
	ExpressionStringMalformed = add(Refusal{Name: "expression-string-malformed", Status: 400, Type: InvalidFilter, Also: []string{InvalidPath},
		What: "A string in the expression is not a JSON string.",
		Fix:  "Close it with a quote, and escape what JSON requires."})
	ExpressionBracketOpen = add(Refusal{Name: "expression-bracket-open", Status: 400, Type: InvalidFilter, Also: []string{InvalidPath},
		What: "A square bracket in the expression is not closed.",
		Fix:  `Write a value filter as emails[type eq "work"].`})
	AttributeUnknown = add(Refusal{Name: "attribute-unknown", Status: 400, Type: InvalidFilter, Also: []string{InvalidPath},
		What: "%s is not an attribute of a %s that a filter can name.",
		Fix:  "Use an attribute of /Schemas."})
	AttributeNotFilterable = add(Refusal{Name: "attribute-not-filterable", Status: 400, Type: InvalidFilter, Also: []string{InvalidPath},
		What: "%s has no elements that a filter in square brackets could select.",
		Fix:  `Compare the attribute itself, as in userName eq "ann".`})
	OperatorNotForType = add(Refusal{Name: "operator-not-for-type", Status: 400, Type: InvalidFilter, Also: []string{InvalidPath},
		What: "%s is %s, which %s cannot compare.",
		Fix:  "Use eq."})
	LiteralNotOfType = add(Refusal{Name: "literal-not-of-type", Status: 400, Type: InvalidFilter, Also: []string{InvalidPath},
		What: "%s is %s, and the filter compares it with something else.",
		Fix:  "Write %s."})
)

// Bodies.
var (
	BodyTooSlow = add(Refusal{Name: "body-too-slow", Status: 408,
		What: "The body did not arrive within the time that a request may take (limits.request_time).",
		Fix:  "Send it faster, or in parts."})
	BodyTooLarge = add(Refusal{Name: "body-too-large", Status: 413,
		What: "The body is longer than %s, the limit of this server (limits.body).",
		Fix:  "Send fewer operations or members in each request."})
	BodyCut = add(Refusal{Name: "body-cut", Status: 400, Type: InvalidSyntax,
		What: "The body ended early.",
		Fix:  "Send the request again."})
	BodyNotGzip = add(Refusal{Name: "body-not-gzip", Status: 400, Type: InvalidSyntax,
		What: "The Content-Encoding says gzip, but the body is not in gzip format, or is damaged.",
		Fix:  "Compress it again, or send it uncompressed without that header."})
	BodyNotUTF8 = add(Refusal{Name: "body-not-utf8", Status: 400, Type: InvalidSyntax,
		What: "The body is not valid UTF-8.",
		Fix:  "Encode it as UTF-8."})
	BodySurrogate = add(Refusal{Name: "body-surrogate", Status: 400, Type: InvalidSyntax,
		What: `The body has half a character: a \u escape of a surrogate without its other half.`,
		Fix:  "Send the whole character."})
	BodyNotJSON = add(Refusal{Name: "body-not-json", Status: 400, Type: InvalidSyntax,
		What: "The body is not valid JSON.",
		Fix:  "Send one JSON object as application/scim+json."})
	BodyNotObject = add(Refusal{Name: "body-not-object", Status: 400, Type: InvalidSyntax,
		What: "The body is not a JSON object.",
		Fix:  "Send one object."})
	BodyTrailing = add(Refusal{Name: "body-trailing", Status: 400, Type: InvalidSyntax,
		What: "Something follows the JSON object in the body.",
		Fix:  "Send one object."})
	BodyTooDeep = add(Refusal{Name: "body-too-deep", Status: 400, Type: InvalidSyntax,
		What: "The body has more than %d objects and lists within each other (limits.depth).",
		Fix:  "Send a flatter object: SCIM needs few levels."})
	BodyKeyTwice = add(Refusal{Name: "body-key-twice", Status: 400, Type: InvalidSyntax,
		What: "The key %q is in one object twice.",
		Fix:  "Send each key once."})
	BodyNUL = add(Refusal{Name: "body-nul", Status: 400, Type: InvalidValue,
		What: "A string in the body contains the character NUL.",
		Fix:  "Remove it."})
)

// Resources.
var (
	ValueTaken = add(Refusal{Name: "value-taken", Status: 409, Type: Uniqueness,
		What: "%s is already taken by another resource of this connection.",
		Fix:  "Look it up with a filter and link to it, or choose another value."})
	SchemaViolation = add(Refusal{Name: "schema-violation", Status: 400, Type: InvalidValue, Also: Types(),
		What: "%s does not fit its schema: a required value is missing, or one has another type.",
		Fix:  "Compare it with /Schemas."})
	ValueRequired = add(Refusal{Name: "value-required", Status: 400, Type: InvalidValue,
		What: "%s is required.",
		Fix:  "Map an attribute that is never empty to it."})
	ValueWrongType = add(Refusal{Name: "value-wrong-type", Status: 400, Type: InvalidValue,
		What: "%s must be %s, and the value cannot be converted to one.",
		Fix:  "Correct the mapping."})
	ValueTooLong = add(Refusal{Name: "value-too-long", Status: 400, Type: InvalidValue,
		What: "%s is longer than %d characters.",
		Fix:  "Map a shorter one."})
	ValueNUL = add(Refusal{Name: "value-nul", Status: 400, Type: InvalidValue,
		What: "%s contains the character NUL.",
		Fix:  "Remove it."})
	AttributeTwice = add(Refusal{Name: "attribute-twice", Status: 400, Type: InvalidSyntax,
		What: "%s is given twice, in different spellings.",
		Fix:  "Send it once."})
	TooManyValues = add(Refusal{Name: "too-many-values", Status: 400, Type: InvalidValue,
		What: "%s can have at most %d values (limits.values).",
		Fix:  "Send fewer, or replace them instead of adding more."})
	TooManyMembers = add(Refusal{Name: "too-many-members", Status: 413,
		What: "The request names more than %d members (limits.members).",
		Fix:  "Add and remove them in several PATCH requests."})
	ResourceTooLarge = add(Refusal{Name: "resource-too-large", Status: 413,
		What: "The %s would take more than %d bytes, half of the largest body (limits.body).",
		Fix:  "Send fewer or shorter values."})
	MemberUnknown = add(Refusal{Name: "member-unknown", Status: 400, Type: InvalidValue,
		What: "The value of members names nobody.",
		Fix:  "Name the members by id; only replace with [] empties a group."})
)

// The operations of a PATCH.
var (
	PatchWithoutOperations = add(Refusal{Name: "patch-without-operations", Status: 400, Type: InvalidSyntax,
		What: "The PATCH has no Operations, which must be a list.",
		Fix:  "Send a urn:ietf:params:scim:api:messages:2.0:PatchOp."})
	PatchTooLong = add(Refusal{Name: "patch-too-long", Status: 413,
		What: "The PATCH has more than %d operations (limits.patch_operations).",
		Fix:  "Send them in several requests."})
	PatchTooMuchWork = add(Refusal{Name: "patch-too-much-work", Status: 413,
		What: "The operations of this PATCH look at too many values, each of them again.",
		Fix:  "Send one operation with all values of an attribute, or several requests."})
	OperationNotObject = add(Refusal{Name: "operation-not-object", Status: 400, Type: InvalidSyntax,
		What: "An operation is not a JSON object.",
		Fix:  "Send {op, path, value}."})
	OperationKeyTwice = add(Refusal{Name: "operation-key-twice", Status: 400, Type: InvalidSyntax,
		What: "%s is in one object twice.",
		Fix:  "Send it once."})
	OpUnknown = add(Refusal{Name: "op-unknown", Status: 400, Type: InvalidSyntax,
		What: "The op of an operation is not add, replace or remove.",
		Fix:  "Send one of them."})
	OperationWithoutValue = add(Refusal{Name: "operation-without-value", Status: 400, Type: InvalidValue,
		What: "An operation %s has no value (RFC 7644 §3.5.2).",
		Fix:  "Send a value, null to clear the attribute, or the op remove."})
	ValueNotObject = add(Refusal{Name: "value-not-object", Status: 400, Type: InvalidValue,
		What: "The value of an operation without a path is not a JSON object.",
		Fix:  "Send an object of attributes, or a path."})
	URNNotObject = add(Refusal{Name: "urn-not-object", Status: 400, Type: InvalidValue,
		What: "%s must be an object of attributes.",
		Fix:  "Correct the mapping."})
	KeyNotPath = add(Refusal{Name: "key-not-path", Status: 400, Type: InvalidPath,
		What: "A key of a value cannot be read as a path.",
		Fix:  `Write it as emails[type eq "work"].value.`})
	RemoveWithoutPath = add(Refusal{Name: "remove-without-path", Status: 400, Type: NoTarget,
		What: "A remove has no path.",
		Fix:  "Name the attribute to remove."})
	NotMultiValued = add(Refusal{Name: "not-multi-valued", Status: 400, Type: NoTarget,
		What: "%s is not multi-valued, so a filter cannot select from it.",
		Fix:  "Correct the path."})
	FilterSelectsNothing = add(Refusal{Name: "filter-selects-nothing", Status: 400, Type: NoTarget,
		What: "%s has no value that the filter selects, and the filter does not say how to make one.",
		Fix:  "Correct the path."})
	MembersFilter = add(Refusal{Name: "members-filter", Status: 400, Type: NoTarget,
		What: `A filter on members must have the comparison value eq "…", alone or joined to others by and, and works only with remove.`,
		Fix:  "Correct the path."})
	MemberValueReadOnly = add(Refusal{Name: "member-value-read-only", Status: 400, Type: Mutability,
		What: "A member's value cannot be changed.",
		Fix:  "Remove the member and add another one."})
	IDReadOnly = add(Refusal{Name: "id-read-only", Status: 400, Type: Mutability,
		What: "id is read-only: a resource keeps its id.",
		Fix:  "Leave it out."})
	ReadOnly = add(Refusal{Name: "read-only", Status: 400, Type: Mutability,
		What: "%s is read-only.",
		Fix:  "Leave it out."})
	RemoveRequired = add(Refusal{Name: "remove-required", Status: 400, Type: Mutability,
		What: "%s is required and cannot be removed.",
		Fix:  "Replace it instead."})
	RemoveRequiredOfElement = add(Refusal{Name: "remove-required-of-element", Status: 400, Type: Mutability,
		What: "%s is required and cannot be removed.",
		Fix:  "Remove the whole element."})
)

// Bulk requests.
var (
	BulkWithoutOperations = add(Refusal{Name: "bulk-without-operations", Status: 400, Type: InvalidSyntax,
		What: "The bulk request has no Operations, which must be a list.",
		Fix:  "Send a urn:ietf:params:scim:api:messages:2.0:BulkRequest."})
	BulkTooLong = add(Refusal{Name: "bulk-too-long", Status: 413,
		What: "The bulk request has %d operations, more than maxOperations (%d) allows (limits.bulk_operations).",
		Fix:  "Send them in several requests."})
	BulkFailOnErrors = add(Refusal{Name: "bulk-fail-on-errors", Status: 400, Type: InvalidValue,
		What: "failOnErrors is not a number of errors.",
		Fix:  "Send a whole number, or leave it out."})
	BulkNotObject = add(Refusal{Name: "bulk-not-object", Status: 400, Type: InvalidSyntax,
		What: "The operation is not a JSON object.",
		Fix:  "Send {method, path, bulkId, data}."})
	BulkMethodUnknown = add(Refusal{Name: "bulk-method-unknown", Status: 400, Type: InvalidSyntax,
		What: "The method of the operation is not POST, PUT, PATCH or DELETE.",
		Fix:  "Send one of them."})
	BulkWithoutData = add(Refusal{Name: "bulk-without-data", Status: 400, Type: InvalidSyntax,
		What: "The operation has no data, or its data is not a JSON object.",
		Fix:  "Send the object that a %s needs."})
	BulkVersionNotText = add(Refusal{Name: "bulk-version-not-text", Status: 400, Type: InvalidValue,
		What: "The version of the operation is not a string.",
		Fix:  `Send the ETag as you received it, such as W/"3".`})
	BulkPathUnknown = add(Refusal{Name: "bulk-path-unknown", Status: 400, Type: InvalidPath,
		What: "The path of the operation is not /Users, /Groups, /Users/ID or /Groups/ID.",
		Fix:  "Send it relative to the base URL."})
	BulkPathNotForMethod = add(Refusal{Name: "bulk-path-not-for-method", Status: 400, Type: InvalidPath,
		What: "The path of the operation does not fit its method.",
		Fix:  "Send a POST to a collection, such as /Users, and the other methods to a resource, such as /Users/ID."})
	BulkIDMissing = add(Refusal{Name: "bulk-id-missing", Status: 400, Type: InvalidSyntax,
		What: "A POST in a bulk request needs a bulkId (RFC 7644 §3.7).",
		Fix:  "Send one that is unique in the request."})
	BulkIDTwice = add(Refusal{Name: "bulk-id-twice", Status: 400, Type: InvalidValue,
		What: "Another POST of this request has the same bulkId.",
		Fix:  "Give each its own."})
	BulkIDUnknown = add(Refusal{Name: "bulk-id-unknown", Status: 400, Type: InvalidValue,
		What: "The operation refers to a bulkId that no POST of this request has.",
		Fix:  "Correct it."})
	BulkIDCircle = add(Refusal{Name: "bulk-id-circle", Status: 409,
		What: "The operation refers to itself in a circle, or to operations that do.",
		Fix:  "Create the resources first and link them in a second request."})
	BulkIDFailed = add(Refusal{Name: "bulk-id-failed", Status: 409,
		What: "The operation refers to the bulkId of a POST that failed.",
		Fix:  "Correct that POST and send both again."})
	BulkTimedOut = add(Refusal{Name: "bulk-timed-out", Status: 503,
		What: "The time of the bulk request ended before this operation began.",
		Fix:  "Send it again, with fewer others."})
)
