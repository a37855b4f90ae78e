package turns

import (
	"context"
)

type keptKey struct{}

// kept is the place that a caller keeps in a Gate.
type kept struct {
	leave func() // nil until the caller has entered
}

// Keep returns a context with which Gate.EnterKept lets a caller enter once, and
// stay inside until the function end is called. So a caller can do several pieces
// of work in one turn, without waiting again after the first piece. The context is
// for one goroutine and one Gate.
func Keep(ctx context.Context) (keeping context.Context, end func()) {
	k := &kept{}
	return context.WithValue(ctx, keptKey{}, k), func() {
		if k.leave != nil {
			k.leave()
		}
	}
}

// EnterKept does the same as Enter. But with a context from Keep, a caller that is
// inside does not wait again, and leave does nothing.
func (g *Gate) EnterKept(ctx context.Context, owner string) (leave func(), err error) {
	k, keeps := ctx.Value(keptKey{}).(*kept)
	if !keeps {
		return g.Enter(ctx, owner)
	}
	if k.leave == nil {
		if k.leave, err = g.Enter(ctx, owner); err != nil {
			return nil, err
		}
	}
	return func() {}, nil
}
