// Package pipeline is a transaction on PostgreSQL that sends statements whose
// results nobody waits for together with the next one that somebody waits
// for: a round trip each costs more than most of them.
package pipeline
