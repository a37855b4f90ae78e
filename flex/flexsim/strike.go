package flexsim

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/flexscim/flexscim/flex/flexsim/internal/fault"
	"github.com/flexscim/flexscim/flex/flexsim/internal/world"
)

// noEffect marks a request that shall be answered with success and change
// nothing.
type noEffect struct{}

// strike answers a request, with the fault that it meets.
func (s *Simulator) strike(w http.ResponseWriter, r *http.Request) {
	hit, ok := s.faults.Next(r.Method, r.URL.Path)
	if !ok {
		s.route(w, r)
		return
	}
	switch hit.Kind {
	case fault.TooMany:
		s.refuse(w, tooMany())
	case fault.ServerError, fault.Unavailable:
		s.breakDown(w, hit)
	case fault.Reset:
		reset(w)
	case fault.Timeout:
		<-r.Context().Done()
	case fault.LostAnswer:
		s.route(&nowhere{header: http.Header{}}, r)
		reset(w)
	case fault.NoEffect:
		s.route(w, r.WithContext(context.WithValue(r.Context(), noEffect{}, true)))
	case fault.Latency:
		if wait(r.Context(), time.Duration(hit.LatencyMS)*time.Millisecond) {
			s.route(w, r)
		}
	}
}

// breakDown answers 500 or 503, in JSON and in HTML in turn: what stands before
// an API does not speak JSON.
func (s *Simulator) breakDown(w http.ResponseWriter, hit fault.Strike) {
	status, _ := strconv.Atoi(string(hit.Kind))
	if hit.Turn%2 == 0 {
		s.refuse(w, &world.Error{Status: status, Code: 20000 + status, Message: http.StatusText(status)})
		return
	}
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("<html><head><title>" + http.StatusText(status) + "</title></head><body></body></html>\n"))
}

// reset ends the connection with a TCP RST where it can.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http's own word for: end the connection
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// wait says whether the client is still there after d.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// nowhere swallows an answer.
type nowhere struct{ header http.Header }

// Header is never sent.
func (n *nowhere) Header() http.Header { return n.header }

// Write drops b.
func (n *nowhere) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader drops the status.
func (n *nowhere) WriteHeader(int) {}
