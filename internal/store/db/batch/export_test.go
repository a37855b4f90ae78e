package batch

// Waiting returns how many writes wait for a batch.
func (w *Writer[W]) Waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.waiting.Len()
}
