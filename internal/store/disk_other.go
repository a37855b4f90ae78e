//go:build !linux && !darwin

package store

import "errors"

// diskOf returns errors.ErrUnsupported.
func diskOf(string) (Disk, error) { return Disk{}, errors.ErrUnsupported }
