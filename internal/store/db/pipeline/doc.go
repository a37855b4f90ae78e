// Package pipeline saves round trips to PostgreSQL, which cost more than most
// statements. [Tx] sends statements whose results nobody waits for together
// with the next one. [Reader] sends waiting queries of different callers
// together.
package pipeline
