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

// certificate is a pair of files. Each handshake looks at their times, which
// costs microseconds, and reads them again when one has changed. A pair that
// cannot be read, as while somebody writes it, leaves the old one in use.
type certificate struct {
	certFile, keyFile string
	log               *zap.Logger

	mu   sync.Mutex
	pair *tls.Certificate
	seen stamp
}

// stamp tells one version of the files from another.
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

// get is for tls.Config.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, err := c.stamp()
	if err != nil || now == c.seen {
		return c.pair, nil // the files are away for a moment: the pair that we have is good
	}
	if err := c.load(now); err != nil {
		c.log.Warn("certificate not read again", logfield.File(c.certFile), logfield.Err(err))
	} else {
		c.log.Info("certificate read again", logfield.File(c.certFile))
	}
	return c.pair, nil
}

// load reads the pair; now is what is not tried again.
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
		return stamp{}, fmt.Errorf("look at the certificate: %w", err)
	}
	key, err := os.Stat(c.keyFile)
	if err != nil {
		return stamp{}, fmt.Errorf("look at the certificate's key: %w", err)
	}
	return stamp{cert.ModTime(), key.ModTime(), cert.Size(), key.Size()}, nil
}
