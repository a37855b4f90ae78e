package web_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/web"
)

// start starts a server. The function stop stops the server and returns the error
// of Serve.
func start(t *testing.T, c web.ServerConfig) (address string, stop func() error) {
	t.Helper()
	s, err := web.NewServer(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(cancel)
	return l.Addr().String(), func() error { cancel(); return <-done }
}

// TestDrain checks that a request that is open at shutdown gets its response. If
// the request takes longer than Grace, the server must cut it off, and Serve must
// return an error.
func TestDrain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		grace  time.Duration
		finish bool
		want   string // of Serve's error
	}{
		{"within Grace", time.Minute, true, ""},
		{"longer than Grace", 50 * time.Millisecond, false, "cut off after 50ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			running, release := make(chan bool), make(chan bool)
			handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				close(running)
				select {
				case <-release:
				case <-r.Context().Done():
				}
				_, _ = io.WriteString(w, "done")
			})
			address, stop := start(t, web.ServerConfig{Handler: handler, Grace: c.grace})
			answered := make(chan string, 1)
			go func() {
				body := ""
				if res, err := http.Get("http://" + address); err == nil {
					b, _ := io.ReadAll(res.Body)
					res.Body.Close()
					body = string(b)
				}
				answered <- body
			}()
			<-running
			stopped := make(chan error, 1)
			go func() { stopped <- stop() }()
			if c.finish {
				close(release)
			}
			err := <-stopped
			if body := <-answered; (body == "done") != c.finish {
				t.Errorf("got answer %q", body)
			}
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("Serve: got %v, want %q", err, c.want)
			}
		})
	}
}

// TestOptionsStar checks that OPTIONS * reaches the door. By default, Go's server
// itself responds to this request.
func TestOptionsStar(t *testing.T) {
	t.Parallel()
	address, _ := start(t, web.ServerConfig{Handler: web.New(web.Config{Doors: []web.Door{strict}})})
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("got %v, %v, want 401", res, err)
	}
}

// TestSlowClient checks that a client that does not send its whole request is
// cut off.
func TestSlowClient(t *testing.T) {
	t.Parallel()
	address, _ := start(t, web.ServerConfig{Handler: web.New(web.Config{Doors: []web.Door{strict}}), RequestTime: 100 * time.Millisecond})
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = io.WriteString(conn, "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Le")
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("got %v, want the connection closed", err)
	}
}

// writePair writes a self-signed certificate for this name, and its key, into two
// files.
func writePair(t *testing.T, cert, key, name string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write(t, key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
	write(t, cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// nameAt returns the name of the certificate that a new connection gets.
func nameAt(t *testing.T, address string, version uint16) (string, error) {
	t.Helper()
	d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MaxVersion: version}} //nolint:gosec // only its name is read
	conn, err := d.DialContext(t.Context(), "tcp", address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].Subject.CommonName, nil
}

func TestCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if _, err := web.NewServer(web.ServerConfig{TLSCert: cert, TLSKey: key}); err == nil {
		t.Error("no files: got no error")
	}
	writePair(t, cert, key, "old")
	address, _ := start(t, web.ServerConfig{Handler: http.NotFoundHandler(), TLSCert: cert, TLSKey: key})

	want := func(name string) {
		t.Helper()
		if got, err := nameAt(t, address, tls.VersionTLS13); got != name || err != nil {
			t.Errorf("got certificate %q, %v, want %q", got, err, name)
		}
	}
	want("old")
	write(t, cert, []byte("half a certificate"))
	want("old")
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	want("old")
	writePair(t, cert, key, "new")
	want("new")
	if _, err := nameAt(t, address, tls.VersionTLS11); err == nil {
		t.Error("TLS 1.1 was accepted, want 1.2 at least")
	}
	if _, err := nameAt(t, address, tls.VersionTLS12); err != nil {
		t.Errorf("TLS 1.2: %v", err)
	}
}
