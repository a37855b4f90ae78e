// Package journal remembers the last requests that the simulated Flex got.
package journal

import (
	"sync"
	"time"
)

// Entry is one request and what became of it.
type Entry struct {
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Status int       `json:"status"` // HTTP; 0 where no answer was sent or none yet
	Time   time.Time `json:"time"`   // of arrival, on the simulator's clock
	Query  string    `json:"query,omitempty"`
	Body   string    `json:"body,omitempty"`
}

// Journal is a ring of entries. It is safe for concurrent use.
type Journal struct {
	mu      sync.Mutex
	limit   int
	entries []Entry
	first   uint64 // number of the oldest entry of this era
	next    uint64 // number of the next entry
}

// New returns a Journal of the last limit entries.
func New(limit int) *Journal { return &Journal{limit: limit} }

// Begin notes a request and returns its number, for End.
func (j *Journal) Begin(e Entry) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := j.next
	j.next++
	if len(j.entries) < j.limit {
		j.entries = append(j.entries, e)
		return n
	}
	j.entries[j.slot(n)] = e
	return n
}

// End notes the answer. An entry that the ring has lost is let go.
func (j *Journal) End(n uint64, status int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if n < j.first || j.next-n > uint64(len(j.entries)) {
		return
	}
	j.entries[j.slot(n)].Status = status
}

// Entries returns the entries, the oldest first, and how many were lost before
// them.
func (j *Journal) Entries() (entries []Entry, lost uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	entries = make([]Entry, 0, len(j.entries))
	begin := j.next - uint64(len(j.entries))
	for n := begin; n < j.next; n++ {
		entries = append(entries, j.entries[j.slot(n)])
	}
	return entries, begin - j.first
}

// Clear forgets everything.
func (j *Journal) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = nil
	j.first = j.next
}

func (j *Journal) slot(n uint64) uint64 { return (n - j.first) % uint64(j.limit) }
