package turns

import "slices"

// Queue is a queue in which owners take turns. The values of one owner keep their
// order. The zero Queue is empty. A Queue is not safe for concurrent use.
type Queue[T any] struct {
	lanes map[string]*lane[T] // :: owner → the lane, if a value waits in it
	order []*lane[T]          // the lanes in the order of their next turns
	size  int
}

// lane has the waiting values of one owner.
type lane[T any] struct {
	owner  string
	values []T
}

// Len returns the number of waiting values.
func (q *Queue[T]) Len() int { return q.size }

// LenOf returns the number of waiting values of an owner.
func (q *Queue[T]) LenOf(owner string) int {
	if l := q.lanes[owner]; l != nil {
		return len(l.values)
	}
	return 0
}

// Owners returns the number of owners that have waiting values.
func (q *Queue[T]) Owners() int { return len(q.order) }

// Push adds a value of an owner.
func (q *Queue[T]) Push(owner string, value T) {
	l := q.lanes[owner]
	if l == nil {
		if q.lanes == nil {
			q.lanes = map[string]*lane[T]{}
		}
		l = &lane[T]{owner: owner}
		q.lanes[owner] = l
		q.order = append(q.order, l)
	}
	l.values = append(l.values, value)
	q.size++
}

// Pop removes and returns the first value of the owner whose turn is next. It
// returns false if the queue is empty.
func (q *Queue[T]) Pop() (value T, ok bool) {
	return q.PopOf(func(string) bool { return true })
}

// PopOf does the same as Pop, but skips each owner for which the function `allowed`
// returns false. A skipped owner keeps its place in the order of turns.
func (q *Queue[T]) PopOf(allowed func(owner string) bool) (value T, ok bool) {
	for i, l := range q.order {
		if !allowed(l.owner) {
			continue
		}
		value = l.values[0]
		l.values[0] = *new(T) // for the garbage collector
		l.values = l.values[1:]
		q.size--
		q.order = slices.Delete(q.order, i, i+1)
		if len(l.values) > 0 {
			q.order = append(q.order, l)
		} else {
			delete(q.lanes, l.owner)
		}
		return value, true
	}
	return value, false
}

// Remove removes the owner's first value for which the function `matches` returns
// true. If the owner has other values, it keeps its turn.
func (q *Queue[T]) Remove(owner string, matches func(T) bool) {
	l := q.lanes[owner]
	if l == nil {
		return
	}
	i := slices.IndexFunc(l.values, matches)
	if i < 0 {
		return
	}
	q.size--
	if l.values = slices.Delete(l.values, i, i+1); len(l.values) == 0 {
		delete(q.lanes, owner)
		at := slices.Index(q.order, l)
		q.order = slices.Delete(q.order, at, at+1)
	}
}
