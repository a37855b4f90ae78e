// Package logfield is every key that our logs use, as functions, so that the
// same thing has the same key everywhere. It is line 0: words, and zap.
//
// A key names no person: people appear in the log as ids only. What an IdP or
// Twilio says about somebody (userName, e-mail, Twilio's messages) has a key
// here only where its comment says "debug".
//
// The request's reference id and the fields that belong to a request or a job
// travel in the context, for the log alone; no code may decide by them.
package logfield
