package queue

import (
	"context"
	"time"

	"github.com/flexscim/flexscim/internal/logfield"
)

const (
	sealEvery = 500 * time.Millisecond
	sealLimit = 500 // entries in one transaction
)

// sealLoop links audit entries into the hash chain within a second of their commit.
// When the queue stops, it links the last entries.
func (q *Queue) sealLoop(ctx context.Context) {
	q.repeat(ctx, sealEvery, "sealing the audit log failed; retrying", q.sealAll)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := q.sealAll(last); err != nil {
		q.Log.Warn("sealing the audit log failed at the end", logfield.Err(err))
	}
}

func (q *Queue) sealAll(ctx context.Context) error {
	for {
		n, err := q.Store.Seal(ctx, sealLimit)
		if err != nil || n < sealLimit {
			return err
		}
	}
}
