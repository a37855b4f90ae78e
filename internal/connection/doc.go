// Package connection creates, lists and changes connections. A connection is an
// app at one IdP, with its credentials and everything that it pushes. The
// package also has the policy of each connection: the mapping rules, whether
// Workers are adopted, and the limits of requests.
//
// Today every connection has the policy of the configuration. Callers ask for the
// policy of one connection, so that later each connection can have its own policy
// without a change of the callers. Package auth manages the tokens of connections.
package connection
