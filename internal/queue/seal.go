package queue

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/logfield"
)

const (
	sealEvery = 500 * time.Millisecond
	sealLimit = 500 // entries in one transaction
)

// sealLoop links audit entries into the chain, within a second of their
// commit, and once more at the end.
func (q *Queue) sealLoop(ctx context.Context) {
	tick := time.NewTicker(sealEvery)
	defer tick.Stop()
	var failing alarm
	for {
		failing.note(ctx, q.Log, "sealing the audit log failed; it is tried again", q.sealAll(ctx))
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			failing.note(last, q.Log, "sealing the audit log failed at the end", q.sealAll(last))
			return
		case <-tick.C:
		}
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

// alarm logs when something begins to fail, not each time it does.
type alarm struct{ on bool }

func (a *alarm) note(ctx context.Context, log *zap.Logger, text string, err error) {
	if err != nil && ctx.Err() != nil {
		return // it is being stopped
	}
	if err != nil && !a.on {
		log.Warn(text, logfield.Err(err))
	}
	a.on = err != nil
}
