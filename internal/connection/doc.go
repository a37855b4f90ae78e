// Package connection creates, lists and changes connections. A connection is an app
// at one IdP, with its credentials and all resources that the app creates. The
// package also has the policy of each connection: the mapping rules, whether
// Workers are adopted, and the limits of requests.
//
// At present every connection has the same policy, which comes from the
// configuration. Callers ask for the policy of one connection, so that later each
// connection can have its own policy without a change of the callers. Package auth
// manages the tokens of connections.
package connection
