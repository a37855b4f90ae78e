// Package params reads the parameters of a request's address as SCIM means
// them (RFC 7644 §3.4.2, §3.9), for scimhttp and in one place.
//
// What must never happen here: a parameter that is left out because it could
// not be read. A filter that nobody looks at answers everybody.
package params
