// Package batch collects waiting writes into batches that share one commit
// ("group commit"): a durable commit costs one write to the disk, whatever the
// number of writes in it.
package batch
