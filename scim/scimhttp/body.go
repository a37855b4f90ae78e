package scimhttp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
	"github.com/flexscim/flexscim/scim/scimhttp/budget"
)

// firstRead is the number of bytes of a body that are read first. Only if the body
// is longer, the reader takes memory for the whole body. Nearly all bodies are
// shorter.
const firstRead = 64 << 10

// The maximum number of JSON values in a body is minValues, or, if this is more,
// the maximum number of the body's bytes divided by bytesPerValue. A body with
// 100,000 members has 200,000 values.
const (
	minValues     = 250_000
	bytesPerValue = 16
)

// reader reads and decodes the bodies of one connection.
type reader struct {
	limit    int64         // maximum number of bytes of a body
	values   int           // maximum number of JSON values in a body
	depth    int           // maximum number of levels of nesting in a body
	reading  *budget.Share // memory for bodies that are being read
	decoding *budget.Share // memory for decoded bodies
}

func newReader(c Config) reader {
	return reader{
		limit: c.MaxBody, values: max(minValues, int(c.MaxBody/bytesPerValue)), depth: c.MaxDepth,
		reading: c.Reading, decoding: c.Decoding,
	}
}

// readBody reads the JSON object in a request's body. The function done returns the
// object's memory to the budget. It is never nil.
func (b reader) readBody(r *http.Request, keep shape) (object map[string]any, done func(), err error) {
	raw, read, err := b.readRaw(r)
	defer read()
	if err != nil {
		return nil, func() {}, err
	}
	size := measure(raw)
	if size.values > b.values {
		return nil, func() {}, refusal.BodyTooManyValues.New(b.values)
	}
	if done, err = takeMemory(r.Context(), b.decoding, size.memory()); err != nil {
		return nil, done, err
	}
	object, err = decodeObject(raw, b.depth, keep)
	return object, done, err
}

// readRaw reads the bytes of a body. It refuses a body that is longer than the
// limit. If the Content-Length already exceeds the limit, it refuses the body
// without reading it. The function done returns the memory of the bytes to the
// budget. It is never nil.
func (b reader) readRaw(r *http.Request) (raw []byte, done func(), err error) {
	size := r.ContentLength
	if size > b.limit {
		return nil, func() {}, refusal.BodyTooLarge.New(byteCount(b.limit))
	}
	if size < 0 { // unknown
		size = b.limit
	}
	if done, err = takeMemory(r.Context(), b.reading, min(size, firstRead)); err != nil {
		return nil, done, err
	}
	var body bytes.Buffer
	err = b.read(&body, r.Body, min(size, firstRead))
	if err == nil && body.Len() == firstRead && size > firstRead {
		done() // a request that waits for memory must not keep others waiting
		if done, err = takeMemory(r.Context(), b.reading, size); err != nil {
			return nil, done, err
		}
		err = b.read(&body, r.Body, size)
	}
	if err == nil && int64(body.Len()) == b.limit && !atEnd(r.Body) {
		err = refusal.BodyTooLarge.New(byteCount(b.limit))
	}
	return body.Bytes(), done, err
}

// read reads from a body until the body ends or `into` contains `most` bytes.
func (b reader) read(into *bytes.Buffer, body io.Reader, most int64) error {
	_, err := into.ReadFrom(io.LimitReader(body, most-int64(into.Len())))
	switch {
	case err == nil:
		return nil
	case isCut(err):
		return refusal.BodyTooLarge.New(byteCount(b.limit))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refusal.BodyTooSlow.New()
	}
	if e, ok := errors.AsType[*scim.Error](err); ok { // from an earlier layer
		return e
	}
	return refusal.BodyCut.New()
}

// takeMemory takes memory from a budget, or returns a refusal if the request's time
// limit ends first. The function done is never nil.
func takeMemory(ctx context.Context, from *budget.Share, bytes int64) (done func(), err error) {
	if done, err = from.Take(ctx, bytes); err != nil {
		return func() {}, refusal.BodiesBusy.New()
	}
	return done, nil
}

// atEnd reports whether a body has no more bytes after those that were already
// read.
func atEnd(body io.Reader) bool {
	var one [1]byte
	n, err := io.ReadFull(body, one[:])
	return n == 0 && !isCut(err)
}

// isCut reports whether the error says that the body exceeds the limit of an outer
// handler.
func isCut(err error) bool {
	_, cut := errors.AsType[*http.MaxBytesError](err)
	return cut
}
