package queue

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/logfield"
)

// repeat calls a function immediately and then at each interval until ctx ends. If
// the function fails several times in a row, the Queue logs only the first failure.
func (q *Queue) repeat(ctx context.Context, interval time.Duration, text string, do func(context.Context) error) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var failures failureLog
	for {
		failures.add(ctx, q.Log, text, do(ctx))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// failureLog logs only the first of several failures in a row.
type failureLog struct{ failing bool }

func (f *failureLog) add(ctx context.Context, log *zap.Logger, text string, err error) {
	if err != nil && ctx.Err() != nil {
		return // the queue stops
	}
	if err != nil && !f.failing {
		log.Warn(text, logfield.Err(err))
	}
	f.failing = err != nil
}
