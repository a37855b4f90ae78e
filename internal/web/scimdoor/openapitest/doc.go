// Package openapitest checks requests and responses against the document of package
// openapi, in both directions. A test fails if an exchange has something that the
// document does not have, or if the document has something that no exchange had.
//
// Only tests import it.
package openapitest
