package scimdoor

import (
	"net/netip"
	"testing"
	"time"
)

// TestForget checks that the number of known addresses never exceeds the limit, and
// that, within the limit, failures.forget keeps the addresses that have to wait.
func TestForget(t *testing.T) {
	t.Parallel()
	f := failures{known: map[netip.Prefix]*failure{}}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(n int) netip.Prefix {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 32)
	}
	for n := range knownAddresses {
		f.add(at(n), now)
	}
	now = now.Add(time.Hour)
	for range failureBurst + 1 {
		f.add(at(7), now)
	}
	if f.add(at(knownAddresses), now); len(f.known) != 2 || f.known[at(7)] == nil {
		t.Errorf("got %d addresses, want the new one and the one that has to wait", len(f.known))
	}
	for n := range 3 * knownAddresses {
		if f.add(at(n), now); len(f.known) > knownAddresses {
			t.Fatalf("got %d addresses, want at most %d", len(f.known), knownAddresses)
		}
	}
}
