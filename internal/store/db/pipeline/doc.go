// Package pipeline saves round trips to PostgreSQL, which cost more than most
// statements. [Tx] queues statements whose results nobody needs, and sends them
// with the next one. [Reader] sends waiting queries of several callers together.
package pipeline
