// Package openapitest checks requests and responses against the document of
// package openapi, in both directions: a test fails if something comes that the
// document does not have, and if the document has something that never comes.
//
// Only tests import it.
package openapitest
