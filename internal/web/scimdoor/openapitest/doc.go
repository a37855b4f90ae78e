// Package openapitest holds what is asked and answered against the document of
// package openapi, in both directions: nothing may come that the document does
// not have, and in the end everything in it must have come.
//
// It is a stand-in: only tests import it.
package openapitest
