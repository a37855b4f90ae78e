package store

import (
	"context"
	"errors"
	"fmt"
)

// DiskFull is the number of free bytes below which the disk counts as full. SQLite
// may then be unable to write its log.
const DiskFull = 16 << 20

// ErrDiskFull is the error of Ready if the disk is full.
var ErrDiskFull = errors.New("the disk with the database is full")

// Disk is the space of a file system in bytes.
type Disk struct{ Free, Total uint64 }

// Disk returns the space of the file system with the database file. It returns
// errors.ErrUnsupported on PostgreSQL, whose disk this process does not see, and on
// systems where the space is unknown.
func (s *Store) Disk() (Disk, error) {
	if s.disk == nil {
		return Disk{}, errors.ErrUnsupported
	}
	return s.disk()
}

// Ready reports whether the database answers and has space for writes.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.Ping(ctx); err != nil {
		return err
	}
	if d, err := s.Disk(); err == nil && d.Free < DiskFull {
		return fmt.Errorf("%w: %d bytes are free", ErrDiskFull, d.Free)
	}
	return nil
}
