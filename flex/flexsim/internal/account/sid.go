package account

import "encoding/hex"

// sidSource makes SIDs. The same seed gives the same SIDs in the same order. It is
// not safe for concurrent use.
type sidSource struct{ seed, last uint64 }

// next returns a new SID with this prefix ("WK").
func (s *sidSource) next(prefix string) string {
	s.last++
	return s.derive(prefix, s.last)
}

// count returns the number of SIDs that the method next has returned.
func (s *sidSource) count() uint64 { return s.last }

// derive returns the SID for the prefix and the number n.
func (s *sidSource) derive(prefix string, n uint64) string {
	high := mix(s.seed ^ mix(n))
	low := mix(high ^ n)
	var raw [16]byte
	for i := range 8 {
		raw[i] = byte(high >> (8 * i))
		raw[8+i] = byte(low >> (8 * i))
	}
	return prefix + hex.EncodeToString(raw[:])
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014). It maps different
// numbers to different numbers, and neighbouring numbers to distant numbers.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
