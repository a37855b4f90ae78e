// Package openapitest checks requests and responses against the document of package
// openapi, in both directions. A test can fail if an exchange contains something
// that is not in the document, or if the document contains something that was in no
// exchange.
//
// Only tests import it.
package openapitest
