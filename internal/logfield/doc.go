// Package logfield has a function for each key of the logs, so that all packages
// log the same value under the same key.
//
// The log identifies people only by id. There is no key for personal data from
// an IdP or Twilio, such as a userName, an e-mail address or Twilio's messages.
//
// A context contains the reference id of a request, and the log fields of a request
// or job. No decision of the program may depend on these values.
package logfield
