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

// maxConcurrent is the largest number of operations that run at the same time. They
// fill two batches (writes that share one commit): the second batch fills while the
// first commits. So a write of another request waits for at most two commits.
const maxConcurrent = 128

// Result is the result of an operation.
type Result struct {
	Status   int    // the HTTP status that a separate request would have
	ID       string // id of the resource that a POST created
	Location string // of the resource; "" for none
	Version  string // entity tag of the resource; "" for none
	Body     []byte // the error as JSON
}

// failed reports whether the operation counts as an error.
func (r *Result) failed() bool { return r.Status >= http.StatusMultipleChoices }

// Service carries out single operations. The functions Do and Fail must be safe for
// concurrent use.
type Service struct {
	Do   func(ctx context.Context, op Operation) Result // like a separate request
	Fail func(ctx context.Context, op Operation, err error) Result
}

// execution is a bulk request in progress.
type execution struct {
	Service

	ops     []Operation
	order   order
	results []*Result       // :: operation → its result; nil until it has ended
	done    []chan struct{} // :: operation → a channel that is closed when the operation has ended
}

// Run carries out the operations of a request. The results have the order of the
// request. If an operation did not begin, because the number of failed operations
// had reached FailOnErrors, its result is nil.
func (req Request) Run(ctx context.Context, s Service) []*Result {
	e := execution{Service: s, ops: req.Operations, order: newOrder(req.Operations),
		results: make([]*Result, len(req.Operations)), done: make([]chan struct{}, len(req.Operations))}
	for i := range e.done {
		e.done[i] = make(chan struct{})
	}
	errors := 0
	for sequence := e.order.sequence; len(sequence) > 0; {
		limit := len(sequence)
		if req.FailOnErrors > 0 {
			// The set must not have more operations than the number of errors that are
			// still allowed. Then only its last operation can reach FailOnErrors.
			limit = req.FailOnErrors - errors
		}
		if limit <= 0 {
			break
		}
		n := concurrent(e.ops, sequence, limit)
		e.runSet(ctx, sequence[:n])
		for _, i := range sequence[:n] {
			if e.results[i].failed() {
				errors++
			}
		}
		sequence = sequence[n:]
	}
	return e.results
}

// runSet runs operations concurrently, and returns when all have ended. They begin
// in the order of the set. So when an operation begins, the operations for which it
// waits have already begun.
func (e *execution) runSet(ctx context.Context, set []int) {
	if len(set) == 1 {
		e.runOne(ctx, set[0])
		return
	}
	next := make(chan int)
	var panicked atomic.Pointer[string]
	var workers sync.WaitGroup
	for range min(maxConcurrent, len(set)) {
		workers.Go(func() {
			for i := range next {
				e.runRecovered(ctx, i, &panicked)
			}
		})
	}
	for _, i := range set {
		next <- i
	}
	close(next)
	workers.Wait()
	if value := panicked.Load(); value != nil {
		panic(*value) // an outer HTTP handler recovers from this panic
	}
}

// runRecovered calls runOne and recovers from a panic. Without the recovery, the
// panic would end the process, because runSet calls runRecovered outside of the
// goroutine that serves the request.
func (e *execution) runRecovered(ctx context.Context, i int, panicked *atomic.Pointer[string]) {
	defer func() {
		if value := recover(); value != nil {
			text := fmt.Sprintf("%v\n%s", value, debug.Stack())
			panicked.CompareAndSwap(nil, &text)
			if e.results[i] == nil {
				e.end(i, Result{Status: http.StatusInternalServerError})
			}
		}
	}()
	e.runOne(ctx, i)
}

func (e *execution) end(i int, result Result) {
	e.results[i] = &result
	close(e.done[i])
}

// runOne waits for the POSTs to which an operation refers, and then carries the
// operation out.
func (e *execution) runOne(ctx context.Context, i int) {
	op := e.ops[i]
	err := op.refused
	if err == nil {
		err = e.resolve(&op, i)
	}
	if err == nil && ctx.Err() != nil {
		err = refusal.BulkTimedOut.New()
	}
	if err != nil {
		e.end(i, e.Fail(ctx, op, err))
		return
	}
	e.end(i, e.Do(ctx, op))
}

// resolve waits for the POSTs to which operation i refers, and replaces each
// reference with the id of the created resource. It returns an error if one of the
// POSTs failed.
func (e *execution) resolve(op *Operation, i int) error {
	for _, need := range e.order.needs[i] {
		<-e.done[need]
		if e.results[need].failed() {
			return refusal.BulkIDFailed.New()
		}
	}
	if len(e.order.needs[i]) > 0 {
		replaceReferences(op, func(id string) string { return e.results[e.order.byID[id]].ID })
	}
	return nil
}
