// Package auth says who sent a request: it makes, lists, revokes and checks
// the bearer tokens of connections. It is line 2.
//
// A token is shown once and stored as its SHA-256. It stands for an IdP, or for
// one person of its connection and then only while they are active. An IdP's
// that was good is looked up again a second later at the earliest. What is wrong with a token
// is for the log: outside, every refusal looks the same. A database that does
// not answer is no refusal: the caller says 503, because a 401 would put an
// IdP's provisioning into quarantine.
package auth
