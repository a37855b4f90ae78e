package web

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/logfield"
)

// certificate is a certificate with its key, from two files. At each TLS handshake
// it checks the files' modification times and sizes, which takes microseconds. If
// these have changed, it reads the files again. If this fails, for example because
// a file is incomplete, the old certificate stays in use.
type certificate struct {
	certFile, keyFile string
	log               *zap.Logger

	mu   sync.Mutex
	pair *tls.Certificate
	seen stamp
}

// stamp identifies a version of the files.
type stamp struct {
	certTime, keyTime time.Time
	certSize, keySize int64
}

func newCertificate(certFile, keyFile string, log *zap.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	now, err := c.stamp()
	if err != nil {
		return nil, err
	}
	return c, c.load(now)
}

// get implements tls.Config's GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, err := c.stamp()
	if err != nil || now == c.seen {
		return c.pair, nil // a file may be missing because somebody is replacing it
	}
	if err := c.load(now); err != nil {
		c.log.Warn("the new certificate cannot be read, the old one stays in use", logfield.File(c.certFile), logfield.Err(err))
	} else {
		c.log.Info("certificate reloaded", logfield.File(c.certFile))
	}
	return c.pair, nil
}

// load reads the files. The argument now identifies their present version. If load
// fails, the files are not read again until they change.
func (c *certificate) load(now stamp) error {
	c.seen = now
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("read the certificate: %w", err)
	}
	c.pair = &pair
	return nil
}

func (c *certificate) stamp() (stamp, error) {
	cert, err := os.Stat(c.certFile)
	if err != nil {
		return stamp{}, fmt.Errorf("read the certificate: %w", err)
	}
	key, err := os.Stat(c.keyFile)
	if err != nil {
		return stamp{}, fmt.Errorf("read the certificate's key: %w", err)
	}
	return stamp{cert.ModTime(), key.ModTime(), cert.Size(), key.Size()}, nil
}
