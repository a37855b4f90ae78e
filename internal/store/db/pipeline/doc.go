// Package pipeline saves round trips to PostgreSQL, which cost more than most
// statements. [Tx] queues statements whose results the caller does not need, and
// sends them with the next statement. [Reader] sends the waiting queries of several
// callers together.
package pipeline
