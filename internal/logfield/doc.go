// Package logfield has a function for each key of our logs, so that the same
// thing has the same key everywhere.
//
// The log names people by id only. There is no key for personal data from an IdP
// or Twilio, such as userName, e-mail, or Twilio's messages.
//
// The context carries a request's reference id, and the fields of a request or a
// job, for the log only: no code may decide by them.
package logfield
