// Package turns lets owners take turns, so that an owner with much work does not
// delay the others. [Queue] orders waiting values, and [Gate] limits how many
// callers work at the same time. In flexscim an owner is a connection; the owner ""
// is the server itself.
package turns
