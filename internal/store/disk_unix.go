//go:build linux || darwin

package store

import "syscall"

// diskOf returns the space of the file system that contains a folder.
func diskOf(folder string) (Disk, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return Disk{}, err
	}
	block := uint64(s.Bsize) //nolint:gosec // a size; its type differs between systems
	return Disk{Free: s.Bavail * block, Total: s.Blocks * block}, nil
}
