package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/flexscim/flexscim/internal/store"
)

// Backlog counts the jobs of one urgency.
type Backlog struct {
	Ready   int64         // due but not running
	Running int64         //
	Later   int64         // snoozed
	Oldest  time.Duration // time since the oldest Ready job was due
}

// Stats returns the backlog of all replicas together, for each of the four
// urgencies.
func (q *Queue) Stats(ctx context.Context) (map[store.Urgency]Backlog, error) {
	out := map[store.Urgency]Backlog{store.Leaving: {}, store.Changing: {}, store.Joining: {}, store.Sweeping: {}}
	rows, err := q.Store.DB().QueryContext(ctx, backlogSQL(q.Store.Engine()))
	if err != nil {
		return nil, fmt.Errorf("count the backlog: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has the reason
	for rows.Next() {
		var u int
		var b Backlog
		var oldest float64
		if err := rows.Scan(&u, &b.Ready, &b.Running, &b.Later, &oldest); err != nil {
			return nil, fmt.Errorf("count the backlog: %w", err)
		}
		b.Oldest = time.Duration(max(oldest, 0) * float64(time.Second))
		out[store.Urgency(u)] = b
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("count the backlog: %w", err)
	}
	return out, nil
}
