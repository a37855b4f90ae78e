package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flexscim/flexscim/internal/store"
)

// unhealthyAfter is how long the scan may fail.
const unhealthyAfter = 10 * time.Second

// Backlog is what waits at one urgency.
type Backlog struct {
	Ready   int64         // due, and not running
	Running int64         //
	Later   int64         // snoozed
	Oldest  time.Duration // since the oldest Ready one was due
}

// backlogSQL counts live jobs; %s are, for the engine, the due condition and
// the seconds since the oldest due time.
const backlogSQL = `
SELECT priority,
	coalesce(sum(CASE WHEN state <> 'running' AND %[1]s THEN 1 ELSE 0 END), 0),
	coalesce(sum(CASE WHEN state = 'running' THEN 1 ELSE 0 END), 0),
	coalesce(sum(CASE WHEN state <> 'running' AND NOT %[1]s THEN 1 ELSE 0 END), 0),
	coalesce(%[2]s, 0)
FROM river_job
WHERE kind = 'sync_person' AND state IN ('available', 'pending', 'retryable', 'running', 'scheduled')
GROUP BY priority`

func backlogQuery(e store.Engine) string {
	if e == store.PostgreSQL {
		return fmt.Sprintf(backlogSQL, `scheduled_at <= now()`,
			`CAST(extract(epoch FROM now() - min(CASE WHEN state <> 'running' AND scheduled_at <= now() THEN scheduled_at END)) AS double precision)`)
	}
	return fmt.Sprintf(backlogSQL, `scheduled_at <= datetime('now', 'subsec')`,
		`(julianday('now') - julianday(min(CASE WHEN state <> 'running' AND scheduled_at <= datetime('now', 'subsec') THEN scheduled_at END))) * 86400.0`)
}

// Stats is the backlog of persons by urgency, all four, over all replicas.
func (q *Queue) Stats(ctx context.Context) (map[store.Urgency]Backlog, error) {
	out := map[store.Urgency]Backlog{store.Leaving: {}, store.Changing: {}, store.Joining: {}, store.Sweeping: {}}
	rows, err := q.Store.DB().QueryContext(ctx, backlogQuery(q.Store.Engine()))
	if err != nil {
		return nil, fmt.Errorf("count the backlog: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
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

// Healthy is nil while the queue works: it was started, its scans succeed and
// its heart beats.
func (q *Queue) Healthy() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case !q.running:
		return errors.New("the queue is not running")
	case !q.heart.beats():
		return errFenced
	case time.Since(q.lastScan) > unhealthyAfter:
		return errors.New("the queue's scan has failed for 10 s")
	}
	return nil
}
