package admin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex/flexhttp"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// one runs a check, which must report exactly one finding, and returns this
// finding.
func one(t *testing.T, check func(r report)) Finding {
	t.Helper()
	var all []Finding
	for f := range findings(check) {
		all = append(all, f)
	}
	if len(all) != 1 {
		t.Fatalf("got %+v, want one finding", all)
	}
	return all[0]
}

// TestDisk checks the finding about the disk, and that Ready fails only if the disk
// is full.
func TestDisk(t *testing.T) {
	t.Parallel()
	const gib = 1 << 30
	for _, row := range []struct {
		name string
		disk store.Disk
		want Health
		text string
	}{
		{"plenty", store.Disk{Free: 10 * gib, Total: 20 * gib}, Good, "10240 MiB of 20480 MiB are free"},
		{"below 5 %", store.Disk{Free: 4 * gib, Total: 100 * gib}, Warn, "nearly full"},
		{"below 512 MiB", store.Disk{Free: gib / 4, Total: gib}, Warn, "nearly full"},
		{"full", store.Disk{Free: store.DiskFull - 1, Total: gib}, Bad, "full: 15 MiB"},
	} {
		s := storetest.OpenConfig(t, store.Config{URL: storetest.URL(t, store.SQLite), Disk: func(string) (store.Disk, error) { return row.disk, nil }})
		if f := one(t, checks{store: s}.disk); f.State != row.want || !strings.Contains(f.Text, row.text) {
			t.Errorf("%s: got %+v, want %s %q", row.name, f, row.want, row.text)
		}
		if err := s.Ready(t.Context()); (err != nil) != (row.want == Bad) {
			t.Errorf("%s: Ready returns %v", row.name, err)
		}
	}
}

// writeCertificate writes a certificate with its key, and returns the paths.
func writeCertificate(t *testing.T, from, until time.Time, names ...string) config.TLS {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: until, DNSNames: names, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(name, kind string, bytes []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return config.TLS{Cert: write("cert.pem", "CERTIFICATE", cert), Key: write("key.pem", "PRIVATE KEY", private)}
}

func TestCertificate(t *testing.T) {
	t.Parallel()
	now, year := time.Now(), 365*24*time.Hour
	for _, row := range []struct {
		name        string
		from, until time.Duration // from now
		url, listen string
		want        Health
		text        string
	}{
		{"good", -year, year, "https://scim.example.com/", ":8443", Good, "valid for scim.example.com until "},
		{"with a port", -year, year, "https://scim.example.com:8443", ":8443", Good, "valid for scim.example.com"},
		{"for another host", -year, year, "https://scim.example.org", ":8443", Bad, "it is for scim.example.com, 127.0.0.1, and not for scim.example.org"},
		{"the address on which it listens", -year, year, "", "127.0.0.1:8443", Good, "valid for 127.0.0.1"},
		{"another address", -year, year, "", "10.0.0.1:8443", Bad, "not for 10.0.0.1"},
		{"an unknown host", -year, year, "", "0.0.0.0:8443", Warn, "is not known"},
		{"expires soon", -year, 24 * time.Hour, "https://scim.example.com", "", Warn, "it expires at"},
		{"expired", -year, -time.Hour, "https://scim.example.com", "", Bad, "expired at"},
		{"not valid yet", time.Hour, year, "https://scim.example.com", "", Bad, "not valid before"},
	} {
		cfg := config.Config{PublicURL: row.url, Listen: row.listen, TLS: writeCertificate(t, now.Add(row.from), now.Add(row.until), "scim.example.com")}
		if f := one(t, Doctor{Config: cfg}.certificate); f.State != row.want || !strings.Contains(f.Text, row.text) {
			t.Errorf("%s: got %+v, want %s %q", row.name, f, row.want, row.text)
		}
	}
	cfg := config.Config{TLS: writeCertificate(t, now, now.Add(year))}
	cfg.TLS.Key = writeCertificate(t, now, now.Add(year)).Key
	if f := one(t, Doctor{Config: cfg}.certificate); f.State != Bad || !strings.Contains(f.Fix, "belong together") {
		t.Errorf("another key: got %+v", f)
	}
}

// TestWrongHost checks what doctor says if the calls go to a host that is not
// Twilio's.
func TestWrongHost(t *testing.T) {
	t.Parallel()
	serve := func(status int, body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(tls.Close)
	const answers, signer = "a host answers, but not as Twilio does: check flex.base_url", "does not know who signed the certificate"
	for _, row := range []struct{ name, url, want string }{
		{"a page that does not exist", serve(http.StatusNotFound, "<html>"), answers},
		{"a redirect", serve(http.StatusFound, ""), answers},
		{"another server's 401", serve(http.StatusUnauthorized, "no token"), answers},
		{"a gateway's 503", serve(http.StatusServiceUnavailable, "<html>"), "status.twilio.com"},
		{"another page", serve(http.StatusOK, "<html>"), answers},
		{"Twilio's 404", serve(http.StatusNotFound, `{"code":20404,"message":"not found"}`), ""},
		{"Twilio's 401", serve(http.StatusUnauthorized, `{"code":20003,"message":"no"}`), "check the API key"},
		{"a host with another certificate", tls.URL, signer},
		{"no host", "https://flexscim.invalid", "the host flexscim.invalid does not exist: check flex.base_url (https://flexscim.invalid)"},
		{"no server", "http://127.0.0.1:1", "can this machine reach"},
	} {
		d := Doctor{Config: config.Config{Flex: config.Flex{BaseURL: row.url}}, Twilio: flexhttp.Config{
			AccountSID: "AC00000000000000000000000000000000", AuthToken: secret.New("x"), BaseURL: row.url}}
		f := one(t, func(r report) { d.twilio(t.Context(), r) })
		if f.State != Bad || !strings.Contains(f.Fix, row.want) || row.want == "" && strings.Contains(f.Fix, "not as Twilio") {
			t.Errorf("%s: got %+v, want %q", row.name, f, row.want)
		}
	}
}
