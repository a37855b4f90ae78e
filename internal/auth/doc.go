// Package auth authenticates requests: it creates, lists, revokes and checks
// bearer tokens.
//
// A token belongs to a connection. It stands for the connection's IdP, or for
// one person of the connection, and then only while that person is active. It
// is shown once and stored as its SHA-256 hash. The reason of a refusal is for
// the log: to the client, every refusal looks the same. If the database does
// not answer, that is an error, not a refusal: the caller answers 503, because
// a 401 would put the IdP's provisioning into quarantine.
//
// Valid tokens of IdPs are cached for one second (CacheTTL). A look-up costs
// 18 µs on SQLite and 27 µs on PostgreSQL; with the cache, GET /Users/{id} is
// 1.2 times as fast:
//
//	go test -run '^$' -bench Authenticate -benchtime 3000x ./internal/auth
package auth
