// Package fold takes out of a filter what is the same for every resource of a
// type, for scimhttp and before a directory is asked.
//
// What must never happen here: a filter that selects something else than it did.
package fold
