package admin

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/config"
)

// renewBefore is the time before the expiry of a certificate at which warnings begin.
const renewBefore = 14 * 24 * time.Hour

// certificate checks the configured certificate: its key, its time, and whether it is
// valid for the host at which IdPs reach this server.
func (d Doctor) certificate(r report) {
	if d.Config.TLS.Cert == "" {
		return
	}
	pair, err := tls.LoadX509KeyPair(d.Config.TLS.Cert, d.Config.TLS.Key)
	if err != nil {
		r("certificate", Bad, err.Error(), "check tls.cert and tls.key: PEM files that belong together and that this user can read")
		return
	}
	cert, now := pair.Leaf, time.Now()
	until := cert.NotAfter.UTC().Format(time.RFC3339)
	switch host := publicHost(d.Config); {
	case now.After(cert.NotAfter):
		r("certificate", Bad, "expired at "+until+": IdPs refuse it", "renew it; `flexscim serve` reads the new files without a restart")
	case now.Before(cert.NotBefore):
		r("certificate", Bad, "not valid before "+cert.NotBefore.UTC().Format(time.RFC3339)+": IdPs refuse it", "check the clock of this machine")
	case host == "":
		r("certificate", Warn, fmt.Sprintf("it is for %s; the host at which IdPs reach this server is not known", namesOf(cert)), "set public_url")
	case cert.VerifyHostname(host) != nil:
		r("certificate", Bad, fmt.Sprintf("it is for %s, and not for %s: IdPs refuse it", namesOf(cert), host), "get a certificate for this host, or correct public_url")
	case now.Add(renewBefore).After(cert.NotAfter):
		r("certificate", Warn, "it expires at "+until, "renew it; `flexscim serve` reads the new files without a restart")
	default:
		r("certificate", Good, fmt.Sprintf("valid for %s until %s", host, until), "")
	}
}

// publicHost returns the host of public_url or, without that setting, the host on
// which the server listens. If neither setting names a host (the server listens on
// 0.0.0.0, for example), it returns "".
func publicHost(c config.Config) string {
	if u, err := url.Parse(c.PublicURL); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if ip := net.ParseIP(host); err != nil || ip != nil && ip.IsUnspecified() {
		return ""
	}
	return host
}

// namesOf returns the host names and addresses for which a certificate is valid.
func namesOf(c *x509.Certificate) string {
	names := c.DNSNames
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return "no host"
	}
	return strings.Join(names, ", ")
}

// wrongHost returns advice if the error shows that the calls went to a host that is
// not Twilio's. For other errors it returns "".
func (d Doctor) wrongHost(err error) string {
	where := "flex.base_url, twilio.region and twilio.edge"
	if base := d.Config.Flex.BaseURL; base != "" {
		where = "flex.base_url (" + base + ")"
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return "the host " + dns.Name + " does not exist: check " + where
	}
	if name, ok := errors.AsType[x509.HostnameError](err); ok {
		return "the host " + name.Host + " has the certificate of another host: check " + where + ", and whether a proxy reads the traffic"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "this machine does not know who signed the certificate of the host: check " + where + "; if a proxy reads the traffic, add its certificate to those of this machine"
	}
	if e, ok := errors.AsType[*flex.Error](err); ok && e.Code == 0 && notTwilio(e) {
		return "a host answers, but not as Twilio does: check " + where + ", and whether a proxy answers instead"
	}
	return ""
}

// notTwilio returns true if a server other than Twilio's has sent the response. The
// error e must have no Twilio code: without this code, a 2xx (without Twilio's
// JSON), a redirect and a 4xx come from another server. A 5xx, 408 and 429 do not
// prove this, because gateways in front of Twilio also send them without a code.
func notTwilio(e *flex.Error) bool {
	return e.Status >= 200 && e.Status < 500 && e.Status != http.StatusRequestTimeout && e.Status != http.StatusTooManyRequests
}
