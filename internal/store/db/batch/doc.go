// Package batch collects waiting writes into batches that share one commit ("group
// commit"). A durable commit costs one disk write, whatever the number of writes that
// share it.
package batch
