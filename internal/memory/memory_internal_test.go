package memory

import (
	"os"
	"runtime/debug"
	"testing"
	"testing/fstest"
)

// TestControlGroup checks which memory limit is found in the files of the kernel.
func TestControlGroup(t *testing.T) {
	t.Parallel()
	const hybrid = "12:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n0::/docker/abc\n"
	for _, row := range []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"no Linux", nil, 0},
		{"no limit", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, 0},
		{"version 2, a container", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "536870912\n"}, 512 << 20},
		{"version 2, the group of a service", map[string]string{
			"proc/self/cgroup": "0::/system.slice/flexscim.service\n", "sys/fs/cgroup/system.slice/flexscim.service/memory.max": "1000\n",
		}, 1000},
		{"version 2, a group that contains the process's own", map[string]string{
			"proc/self/cgroup": "0::/kubepods/pod1/c1\n", "sys/fs/cgroup/kubepods/pod1/c1/memory.max": "max\n",
			"sys/fs/cgroup/kubepods/pod1/memory.max": "2000\n", "sys/fs/cgroup/kubepods/memory.max": "9000\n",
		}, 2000},
		{"version 2, a path of the host", map[string]string{"proc/self/cgroup": "0::/../../pod1/c1\n", "sys/fs/cgroup/memory.max": "3000\n"}, 3000},
		{"version 1", map[string]string{"proc/self/cgroup": hybrid, "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "4000\n"}, 4000},
		{"version 1, a path of the host", map[string]string{"proc/self/cgroup": hybrid, "sys/fs/cgroup/memory/memory.limit_in_bytes": "5000\n"}, 5000},
		{"version 1, no limit", map[string]string{"proc/self/cgroup": hybrid, "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 0},
		{"version 1, another controller", map[string]string{"proc/self/cgroup": "3:cpu:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "6000\n"}, 0},
		{"a damaged file", map[string]string{"proc/self/cgroup": "0::/\nx\n", "sys/fs/cgroup/memory.max": "many"}, 0},
	} {
		root := fstest.MapFS{}
		for name, text := range row.files {
			root[name] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := controlGroup(root); got != row.want {
			t.Errorf("%s: got %d, want %d", row.name, got, row.want)
		}
	}
}

// TestSetLimit checks that SetLimit does not change a limit that the operator has
// set. If the operator has set none, SetLimit must derive the limit from the
// control group's, or use the given limit if the control group has none.
func TestSetLimit(t *testing.T) {
	const set, otherwise = 123 << 20, 45 << 20
	want := int64(otherwise)
	if group := controlGroup(os.DirFS("/")); group > 0 {
		want = int64(float64(group) * part)
	}
	for variable, want := range map[string]int64{"123MiB": set, "": want} {
		t.Setenv("GOMEMLIMIT", variable)
		before := debug.SetMemoryLimit(set) // the runtime sets this limit if GOMEMLIMIT is set
		SetLimit(otherwise)
		if got := Limit(); got != want {
			t.Errorf("GOMEMLIMIT=%s: got %d, want %d", variable, got, want)
		}
		debug.SetMemoryLimit(before)
	}
}
