// Package claim knows how Flex turns what an identity provider says into a
// Worker's attributes: typed claims, identities, and the JSON text itself.
//
// Source: https://www.twilio.com/docs/flex/admin-guide/setup/sso-configuration
package claim
