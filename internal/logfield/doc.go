// Package logfield has a function for each key of our logs, so that the same
// thing has the same key everywhere.
//
// The log names people by id only. There is no key for personal data from an IdP
// or Twilio, such as userName, e-mail, or Twilio's messages.
//
// The context carries the reference id of a request, and the fields of a request
// or job. They are for the log only: no decision may depend on them.
package logfield
