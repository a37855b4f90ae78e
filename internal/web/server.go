package web

import (
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

// ServerConfig makes a Server.
type ServerConfig struct {
	Handler     http.Handler
	TLSCert     string        // files (PEM), read again when they change; "": no TLS
	TLSKey      string        //
	Headers     int           // as in Config; 0 means 64 KiB
	RequestTime time.Duration // as in Config; 0 means 30 s
	Grace       time.Duration // for running requests at the end; 0 means 10 s
	Log         *zap.Logger   // nil: none
}

// The times and sizes that a client gets, however slow it is.
const (
	headerTime   = 10 * time.Second
	answerTime   = 10 * time.Second // to take the answer, after the request's time
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

// NewServer makes a Server. It reads the certificate, if there is one.
func NewServer(c ServerConfig) (*Server, error) {
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.Grace == 0 {
		c.Grace = defaultGrace
	}
	if c.RequestTime == 0 {
		c.RequestTime = defaultRequestTime
	}
	if c.Headers == 0 {
		c.Headers = defaultHeaders
	}
	s := &Server{grace: c.Grace, log: c.Log, tls: c.TLSCert != "", http: &http.Server{
		Handler:                      c.Handler,
		ReadHeaderTimeout:            min(headerTime, c.RequestTime),
		ReadTimeout:                  c.RequestTime,
		WriteTimeout:                 c.RequestTime + answerTime,
		IdleTimeout:                  idleTime,
		MaxHeaderBytes:               2 * c.Headers, // beyond, net/http answers 431 without a body of ours
		DisableGeneralOptionsHandler: true,          // OPTIONS * is authenticated like everything else
	}}
	std, err := zap.NewStdLogAt(c.Log, zap.DebugLevel)
	if err != nil {
		return nil, fmt.Errorf("make the server's log: %w", err)
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

// Serve answers on l until ctx ends; then it takes nothing new, and lets what
// runs come to its end within the grace. It closes l. A nil error means that
// every request was answered.
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
