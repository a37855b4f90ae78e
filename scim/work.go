package scim

import (
	"cmp"
	"context"
	"sync/atomic"

	"github.com/flexscim/flexscim/scim/refusal"
)

// Work limits the work that one request does on multi-valued attributes. All
// operations of a Bulk count as one request. The zero Work is for a PATCH. A Work
// is safe for concurrent use.
type Work struct {
	Most int  // limit, in units of cost; 0 means MaxWork
	Bulk bool // the request is a Bulk

	spent atomic.Int64 // cost so far
}

// MaxWork is the limit of the work of one request, in units of cost. It allows
// about 500,000 values, which take about 0.2 s.
const MaxWork = 80_000_000

// spend adds the argument to the cost of the request. If the sum exceeds the limit,
// it returns a refusal.
func (w *Work) spend(cost int) error {
	switch spent := w.spent.Add(int64(cost)); {
	case cost >= 0 && spent <= int64(w.most()):
		return nil
	case w.Bulk:
		return refusal.BulkTooMuchWork.New()
	}
	return refusal.PatchTooMuchWork.New()
}

func (w *Work) most() int { return cmp.Or(w.Most, MaxWork) }

// Exceeded reports whether the request was refused because of its work.
func (w *Work) Exceeded() bool { return w.spent.Load() > int64(w.most()) }

type workKey struct{}

// WithWork returns a context that contains the Work of a request.
func WithWork(ctx context.Context, w *Work) context.Context {
	return context.WithValue(ctx, workKey{}, w)
}

// WorkOf returns the Work that WithWork put into the context. If the context has no
// Work, WorkOf returns a new Work.
func WorkOf(ctx context.Context) *Work {
	if w, ok := ctx.Value(workKey{}).(*Work); ok {
		return w
	}
	return new(Work)
}
