// Package memory tells the Go runtime how much memory the process may use.
//
// The runtime does not read the memory limit of a container. Without a limit it
// collects garbage too late, and the kernel kills the process.
package memory

import (
	"io/fs"
	"os"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
)

// part is the part of the container's limit that the Go runtime may use. SQLite and
// the stacks of the kernel need the rest.
const part = 0.8

// SetLimit sets the soft memory limit of the Go runtime to 80 % of the memory limit
// of the process's control group. If the control group has no limit, SetLimit uses
// the argument otherwise, a number of bytes. If the operator has set the variable
// GOMEMLIMIT, SetLimit does nothing.
func SetLimit(otherwise int64) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	limit := otherwise
	if bytes := controlGroup(os.DirFS("/")); bytes > 0 {
		limit = int64(float64(bytes) * part)
	}
	debug.SetMemoryLimit(limit)
}

// Limit returns the soft memory limit of the Go runtime, in bytes. It returns
// math.MaxInt64 if there is no limit.
func Limit() int64 { return debug.SetMemoryLimit(-1) }

// controlGroup returns the memory limit of the process's control groups (cgroups of
// version 1 or 2), in bytes: the smallest limit of the process's own group and of
// the groups that contain it. It returns 0 if there is no limit.
// Source: https://docs.kernel.org/admin-guide/cgroup-v2.html
func controlGroup(root fs.FS) (least int64) {
	list, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0 // not Linux
	}
	for line := range strings.Lines(string(list)) {
		// The line is ID:CONTROLLERS:PATH. For version 2, the file has one line, in
		// which CONTROLLERS is empty.
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) < 3 {
			continue
		}
		mount, file := "sys/fs/cgroup", "memory.max"
		if parts[1] != "" {
			mount, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
			if !slices.Contains(strings.Split(parts[1], ","), "memory") {
				continue
			}
		}
		for at := path.Clean("/" + parts[2]); ; at = path.Dir(at) {
			if n := readLimit(root, mount+path.Join(at, file)); n > 0 && (least == 0 || n < least) {
				least = n
			}
			if at == "/" {
				break
			}
		}
	}
	return least
}

// A value of at least 1 << 60 means that there is no limit. Version 1 of cgroups
// then shows the largest multiple of the page size.
const unlimited = 1 << 60

// readLimit reads a limit from a file. It returns 0 if there is no limit. It also
// returns 0 if the file does not exist: the process may know only the path of its
// group on the host, which does not exist in the container.
func readLimit(root fs.FS, name string) int64 {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || n >= unlimited { // version 2 writes "max"
		return 0
	}
	return n
}
