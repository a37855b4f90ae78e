// Package connection keeps connections: one is an app at one IdP, with its
// credentials and everything that it pushes. The package creates, lists and
// changes them, and it holds the policy of each: the mapping rules, whether
// Workers are adopted, and the limits of its requests.
//
// Today every connection has the policy that the configuration gives. Callers
// ask per connection, so that this can change without them. Package auth has
// the tokens of a connection.
package connection
