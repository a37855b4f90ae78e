// Package commit gathers writes that wait into few transactions: one that is
// durable costs a write to the disk, however many share it.
package commit
