package web

import (
	"net/netip"
	"testing"
	"time"
)

// TestStrangersAreForgotten: however many addresses there are, so many are
// remembered; who is being slowed stays as long as there is room.
func TestStrangersAreForgotten(t *testing.T) {
	t.Parallel()
	s := strangers{known: map[netip.Prefix]*stranger{}}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(n int) netip.Prefix {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 32)
	}
	for n := range mostStrangers {
		s.refused(at(n), now)
	}
	now = now.Add(time.Hour)
	for range strangerBurst + 1 {
		s.refused(at(7), now)
	}
	if s.refused(at(mostStrangers), now); len(s.known) != 2 || s.known[at(7)] == nil {
		t.Errorf("got %d addresses, want the new one and the one that is slowed", len(s.known))
	}
	for n := range 3 * mostStrangers {
		if s.refused(at(n), now); len(s.known) > mostStrangers {
			t.Fatalf("got %d addresses, want at most %d", len(s.known), mostStrangers)
		}
	}
}
