package web

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/logfield"
)

// ServerConfig configures a Server.
type ServerConfig struct {
	Handler     http.Handler
	TLSCert     string        // PEM file, reloaded when it changes; "": no TLS
	TLSKey      string        // PEM file
	Headers     int           // maximum number of bytes of a request's line and headers; 0 means 64 KiB
	RequestTime time.Duration // time limit of one request; 0 means 30 s
	Grace       time.Duration // how long Serve waits for open requests at shutdown; 0 means 10 s
	Log         *zap.Logger   // nil: none
}

// These are the time limits for slow clients.
const (
	headerTime   = 10 * time.Second
	answerTime   = 10 * time.Second // time for the client to read the response, in addition to RequestTime
	idleTime     = 2 * time.Minute
	defaultGrace = 10 * time.Second
)

// Server serves a handler on a listener.
type Server struct {
	http  *http.Server
	tls   bool
	grace time.Duration
	log   *zap.Logger
}

// NewServer returns a Server. It returns an error if it cannot read the
// certificate or the key.
func NewServer(c ServerConfig) (*Server, error) {
	c.Log = cmp.Or(c.Log, zap.NewNop())
	c.RequestTime = cmp.Or(c.RequestTime, defaultRequestTime)
	c.Headers = cmp.Or(c.Headers, defaultHeaders)
	s := &Server{grace: cmp.Or(c.Grace, defaultGrace), log: c.Log, tls: c.TLSCert != "", http: &http.Server{
		Handler:                      c.Handler,
		ReadHeaderTimeout:            min(headerTime, c.RequestTime),
		ReadTimeout:                  c.RequestTime,
		WriteTimeout:                 c.RequestTime + answerTime,
		IdleTimeout:                  idleTime,
		MaxHeaderBytes:               2 * c.Headers, // if headers are larger, net/http itself responds with 431
		DisableGeneralOptionsHandler: true,          // the door must also authenticate OPTIONS *
	}}
	std, err := zap.NewStdLogAt(c.Log, zap.DebugLevel)
	if err != nil {
		return nil, fmt.Errorf("create the server's log: %w", err)
	}
	s.http.ErrorLog = std
	if !s.tls {
		return s, nil
	}
	cert, err := newCertificate(c.TLSCert, c.TLSKey, c.Log)
	if err != nil {
		return nil, err
	}
	s.http.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: cert.get}
	return s, nil
}

// Serve serves requests on l until ctx ends. Then it accepts no new connections,
// waits at most Grace for open requests, and closes l. It returns nil if every
// request got its response.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	failed := make(chan error, 1)
	go func() {
		if s.tls {
			failed <- s.http.ServeTLS(l, "", "")
		} else {
			failed <- s.http.Serve(l)
		}
	}()
	s.log.Info("listening", logfield.Address(l.Addr().String()))
	select {
	case err := <-failed:
		return fmt.Errorf("listen on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.grace)
	defer cancel()
	err := s.http.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("requests were cut off after %v", s.grace)
	}
	return errors.Join(err, s.http.Close())
}
