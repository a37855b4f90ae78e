package queue

import (
	"slices"

	"github.com/flexscim/flexscim/internal/store"
)

// line contains people of the same urgency who wait for a job. Connections take
// turns: the method next returns one person of every connection before it returns
// a second person of the same connection. So a connection with thousands of people
// does not delay the people of another one. The people of a connection are in the
// order in which they were added.
type line struct {
	turns []store.ConnectionID             // the connections that have people; the first is next
	of    map[store.ConnectionID][]*wakeup // contains no empty slice
}

// add appends a person to the people of the connection.
func (l *line) add(w *wakeup) {
	c := w.Key.Connection
	if len(l.of[c]) == 0 {
		l.turns = append(l.turns, c)
	}
	l.of[c] = append(l.of[c], w)
}

// next removes and returns the next person, or returns nil if the line is empty.
func (l *line) next() *wakeup {
	if l.isEmpty() {
		return nil
	}
	c := l.turns[0]
	w := l.of[c][0]
	l.of[c][0] = nil // for the garbage collector
	l.turns, l.of[c] = l.turns[1:], l.of[c][1:]
	if len(l.of[c]) > 0 {
		l.turns = append(l.turns, c)
	} else {
		delete(l.of, c)
	}
	return w
}

// remove removes a person who is in the line.
func (l *line) remove(w *wakeup) {
	c := w.Key.Connection
	i := slices.Index(l.of[c], w)
	if l.of[c] = slices.Delete(l.of[c], i, i+1); len(l.of[c]) == 0 {
		delete(l.of, c)
		i := slices.Index(l.turns, c)
		l.turns = slices.Delete(l.turns, i, i+1)
	}
}

func (l *line) isEmpty() bool { return len(l.turns) == 0 }
