package pipeline

// Waiting returns how many queries wait for a round trip.
func (r *Reader) Waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.waiting)
}
