// Package logfield has a function for each key of the logs, so that the same thing
// is logged under the same key everywhere.
//
// The log identifies people only by id. There is no key for personal data from
// an IdP or Twilio, such as a userName, an e-mail address or Twilio's messages.
//
// The context has the reference id of a request, and the fields of a request or
// job. No decision of the program may depend on these values.
package logfield
