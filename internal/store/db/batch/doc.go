// Package batch collects waiting writes into batches that share one commit ("group
// commit"): a durable commit costs one disk write, however many writes share it.
package batch
