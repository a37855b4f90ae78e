package bulk

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/flexscim/flexscim/scim/refusal"
)

// atOnce is how many operations run at the same time: twice what shares a
// commit, so that the next commit fills while one is under way. Another request
// waits for two commits at most.
const atOnce = 128

// Result is how an operation ended.
type Result struct {
	Status   int    // as a single request's
	ID       string // of the resource that a POST made
	Location string // of the resource; "" where there is none
	Version  string // its entity tag; "" for none
	Body     []byte // of an error, JSON
}

// failed says whether it counts as an error.
func (r *Result) failed() bool { return r.Status >= http.StatusMultipleChoices }

// Service does single operations.
type Service struct {
	Do   func(ctx context.Context, op Operation) Result // as if it came alone
	Fail func(ctx context.Context, op Operation, err error) Result
}

// run is a request on its way.
type run struct {
	Service

	ops     []Operation
	plan    plan
	results []*Result       // :: operation → how it ended; nil: not yet
	done    []chan struct{} // :: operation → closed when it has ended
}

// Run does the operations of a request. The results are in the request's
// order; nil for operations that were not begun because too many failed.
func (req Request) Run(ctx context.Context, s Service) []*Result {
	r := run{Service: s, ops: req.Operations, plan: newPlan(req.Operations),
		results: make([]*Result, len(req.Operations)), done: make([]chan struct{}, len(req.Operations))}
	for i := range r.done {
		r.done[i] = make(chan struct{})
	}
	errors := 0
	for order := r.plan.order; len(order) > 0; {
		most := len(order)
		if req.FailOnErrors > 0 {
			// Even if all of them fail, the limit is reached by the last.
			most = req.FailOnErrors - errors
		}
		if most <= 0 {
			break
		}
		n := group(r.ops, order, most)
		r.together(ctx, order[:n])
		for _, i := range order[:n] {
			if r.results[i].failed() {
				errors++
			}
		}
		order = order[n:]
	}
	return r.results
}

// together does operations at once and returns when all have ended. They are
// begun in their order, so that what one waits for has begun before it.
func (r *run) together(ctx context.Context, group []int) {
	if len(group) == 1 {
		r.one(ctx, group[0])
		return
	}
	next := make(chan int)
	var panicked atomic.Pointer[string] // nil: nobody has
	var workers sync.WaitGroup
	for range min(atOnce, len(group)) {
		workers.Go(func() {
			for i := range next {
				r.guarded(ctx, i, &panicked)
			}
		})
	}
	for _, i := range group {
		next <- i
	}
	close(next)
	workers.Wait()
	if value := panicked.Load(); value != nil {
		panic(*value) // where the layers around the request catch it
	}
}

// guarded is one, whose panic would end the process if it left its goroutine.
func (r *run) guarded(ctx context.Context, i int, panicked *atomic.Pointer[string]) {
	defer func() {
		if value := recover(); value != nil {
			text := fmt.Sprintf("%v\n%s", value, debug.Stack())
			panicked.CompareAndSwap(nil, &text)
			if r.results[i] == nil {
				r.end(i, Result{Status: http.StatusInternalServerError})
			}
		}
	}()
	r.one(ctx, i)
}

func (r *run) end(i int, result Result) {
	r.results[i] = &result
	close(r.done[i])
}

// one does an operation after those that it refers to.
func (r *run) one(ctx context.Context, i int) {
	op := r.ops[i]
	err := op.refused
	if err == nil {
		err = r.resolve(&op, i)
	}
	if err == nil && ctx.Err() != nil {
		err = refusal.BulkTimedOut.New()
	}
	if err != nil {
		r.end(i, r.Fail(ctx, op, err))
		return
	}
	r.end(i, r.Do(ctx, op))
}

// resolve puts the ids of what was made in the place of the references.
func (r *run) resolve(op *Operation, i int) error {
	for _, need := range r.plan.needs[i] {
		<-r.done[need]
		if r.results[need].failed() {
			return refusal.BulkIDFailed.New()
		}
	}
	if len(r.plan.needs[i]) > 0 {
		each(op, func(id string) string { return r.results[r.plan.byID[id]].ID })
	}
	return nil
}
