package web

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/flexscim/flexscim/scim"
)

// packFrom is the length of an answer from which on packing it is worth the
// time, in bytes.
const packFrom = 1 << 10

// coded takes requests that are packed with gzip, and packs answers for whoever
// says that it takes them so.
func coded(c Config, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept-Encoding")
		switch coding := strings.ToLower(strings.Join(r.Header.Values("Content-Encoding"), ",")); coding {
		case "", "identity":
		case "gzip", "x-gzip":
			r = unpacked(c, w, r)
		default:
			w.Header().Set("Accept-Encoding", "gzip") // RFC 7694 §3
			writeError(w, r, http.StatusUnsupportedMediaType, "The body is packed in a way that is not known here. Send it with Content-Encoding gzip, or as it is.")
			return
		}
		if r.Method == http.MethodHead || !takesGzip(r.Header.Values("Accept-Encoding")) {
			next.ServeHTTP(w, r)
			return
		}
		p := &packer{ResponseWriter: w}
		next.ServeHTTP(p, r)
		p.end() // not after a panic: the answer must not look whole
	})
}

// unpacked is the request with its body as it was before it was packed, and
// not more of it than any body may have.
func unpacked(c Config, w http.ResponseWriter, r *http.Request) *http.Request {
	r = r.Clone(r.Context())
	r.Header.Del("Content-Encoding")
	r.Header.Del("Content-Length")
	r.ContentLength = -1
	r.Body = http.MaxBytesReader(below(w), &unpacker{packed: r.Body}, c.Body)
	return r
}

// unpacker reads what is packed. Nothing is read before somebody asks.
type unpacker struct {
	packed io.ReadCloser
	plain  *gzip.Reader
}

// Read reads the plain text. What is not packed, or only in part, is said.
func (u *unpacker) Read(b []byte) (int, error) {
	if u.plain == nil {
		var err error
		if u.plain, err = gzip.NewReader(u.packed); err != nil {
			u.plain = nil
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF // an empty body is not packed
			}
			return 0, unpackError(err)
		}
	}
	n, err := u.plain.Read(b)
	return n, unpackError(err)
}

// unpackError is a refusal where the body is to blame, not its way here.
func unpackError(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &corrupt):
		return scim.BadRequest(scim.InvalidSyntax, "The Content-Encoding says gzip, but the body is not packed with gzip, or it is cut off or damaged. Pack it again, or send it as it is without that header.")
	}
	return err
}

// Close closes the body.
func (u *unpacker) Close() error { return u.packed.Close() }

// takesGzip reads Accept-Encoding (RFC 9110 §12.5.3).
func takesGzip(header []string) bool {
	rest := false // what * says
	for part := range strings.SplitSeq(strings.ToLower(strings.Join(header, ",")), ",") {
		coding, parameters, _ := strings.Cut(part, ";")
		wanted := quality(parameters) > 0
		switch strings.TrimSpace(coding) {
		case "gzip", "x-gzip":
			return wanted
		case "*":
			rest = wanted
		}
	}
	return rest
}

func quality(parameters string) float64 {
	name, value, _ := strings.Cut(strings.TrimSpace(parameters), "=")
	if strings.TrimSpace(name) != "q" {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil {
		return 0
	}
	return q
}

// packers are what packs; one has some hundred kilobytes of its own.
var packers = sync.Pool{New: func() any {
	p, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // the level is a valid one
	return p
}}

// packer packs an answer that says that it is long enough.
type packer struct {
	http.ResponseWriter

	sent bool         // the status
	to   *gzip.Writer // nil: not packed
}

// WriteHeader decides, and sends the status.
func (p *packer) WriteHeader(status int) {
	h := p.Header()
	length, err := strconv.Atoi(h.Get("Content-Length"))
	if err == nil && length > packFrom && h.Get("Content-Encoding") == "" && !p.sent {
		h.Del("Content-Length")
		h.Set("Content-Encoding", "gzip")
		p.to, _ = packers.Get().(*gzip.Writer)
		p.to.Reset(p.ResponseWriter)
	}
	p.sent = p.sent || status >= http.StatusOK
	p.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (p *packer) Write(b []byte) (int, error) {
	if !p.sent {
		p.WriteHeader(http.StatusOK)
	}
	if p.to == nil {
		return p.ResponseWriter.Write(b)
	}
	return p.to.Write(b)
}

// end sends what is left.
func (p *packer) end() {
	if p.to == nil {
		return
	}
	_ = p.to.Close() // a client that is gone needs no answer
	p.to.Reset(io.Discard)
	packers.Put(p.to)
	p.to = nil
}

// Unwrap is for http.ResponseController.
func (p *packer) Unwrap() http.ResponseWriter { return p.ResponseWriter }
