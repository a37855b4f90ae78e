package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexhttp"
	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/store"
)

// Doctor checks an installation. It changes nothing.
type Doctor struct {
	Config  config.Config
	Rules   error           // the error of loading the mapping rules, or nil
	Mapping *mapping.Rules  // nil if Rules is not nil
	Twilio  flexhttp.Config // configuration of the Twilio client
}

// Finding is the result of one check. Its fields are in alphabetical order.
type Finding struct {
	Check string `json:"check"`
	Fix   string `json:"fix"` // what to do; "": nothing
	State Health `json:"state"`
	Text  string `json:"text"` // one line
}

// Health is the state that a check found.
type Health string

// These are the possible results of a check.
const (
	Good Health = "ok"
	Warn Health = "warn"
	Bad  Health = "fail" // flexscim cannot work until an operator corrects the problem
)

// report is a function that a check calls with each finding.
type report func(check string, state Health, text, fix string)

// Examine runs the checks and yields their findings in this order: configuration,
// certificate, rules, database and what is in it, Twilio.
func (d Doctor) Examine(ctx context.Context) iter.Seq[Finding] {
	return findings(func(r report) {
		if err := d.Config.ValidateServe(); err != nil {
			r.problems(err)
		} else {
			r("configuration", Good, "complete for serve", "")
		}
		if d.Config.ShowsPassword() {
			r("configuration", Warn, "the process list shows the password in --database-url", "set FLEXSCIM_DATABASE_URL or FLEXSCIM_DATABASE_URL_FILE instead")
		}
		d.certificate(r)
		d.rules(r)
		d.database(ctx, r)
		d.twilio(ctx, r)
	})
}

// ConfigurationFindings yields a finding for each problem of a configuration that
// could not be loaded. The parameter err is the error that config.Load returned.
func ConfigurationFindings(err error) iter.Seq[Finding] {
	return findings(func(r report) { r.problems(err) })
}

// findings calls the function checks, and yields each finding that this function
// reports. If the caller stops early, the function still runs to its end, but its
// further findings are dropped.
func findings(checks func(report)) iter.Seq[Finding] {
	oneLine := strings.NewReplacer("\n\t", " ", "\n", "; ", "\t", " ")
	return func(yield func(Finding) bool) {
		more := true
		checks(func(check string, state Health, text, fix string) {
			more = more && yield(Finding{Check: check, Fix: fix, State: state, Text: oneLine.Replace(text)})
		})
	}
}

func (r report) problems(err error) {
	if all, ok := err.(interface{ Unwrap() []error }); ok { // package config joins all problems in one error
		for _, err := range all.Unwrap() {
			r.problems(err)
		}
		return
	}
	text, fix := err.Error(), ""
	if p, ok := errors.AsType[*config.Problem](err); ok {
		bare := *p
		bare.Fix = ""
		text, fix = strings.TrimSpace(bare.Error()), p.Fix
	}
	r("configuration", Bad, text, fix)
}

func (d Doctor) rules(r report) {
	name, _, _ := d.Config.Mapping()
	switch {
	case d.Rules != nil:
		r("rules", Bad, d.Rules.Error(), "`flexscim config mapping` prints an example")
	case name == "":
		r("rules", Warn, "none: everybody becomes an agent", "write some: `flexscim config mapping > mapping.yaml`, then --mapping-file mapping.yaml")
	default:
		r("rules", Good, name, "")
	}
}

func (d Doctor) database(ctx context.Context, r report) {
	if path, ok := strings.CutPrefix(d.Config.Database.URL, "sqlite:"); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) { // the file is not opened, because that would create it
			r("database", Warn, path+" does not exist yet", "`flexscim migrate`, or just `flexscim serve`")
			return
		}
	}
	s, err := store.Open(ctx, store.Config{URL: d.Config.Database.URL})
	if err != nil {
		r("database", Bad, err.Error(), "check database.url, that the server runs and that the user may create tables")
		return
	}
	defer func() { _ = s.Close() }()
	switch have, want, err := s.SchemaVersion(ctx); {
	case err != nil:
		r("database", Bad, err.Error(), "")
		return
	case have > want:
		r("database", Bad, fmt.Sprintf("the %s tables have version %d, newer than this program (%d)", s.Engine(), have, want), "use a newer flexscim")
		return
	case have < want:
		r("database", Warn, fmt.Sprintf("%s at version %d, this program is at %d", s.Engine(), have, want), "`flexscim migrate`, or just `flexscim serve`")
		return
	}
	r("database", Good, string(s.Engine()), "")
	d.clock(ctx, s, r)
	d.contents(ctx, s, r)
}

// contents checks what is in the database.
func (d Doctor) contents(ctx context.Context, s *store.Store, r report) {
	c := checks{store: s, auth: auth.New(auth.Config{Store: s})}
	defer c.auth.Close()
	if all, err := c.auth.List(ctx, ""); err == nil && len(all) == 0 && !d.Config.Connection.Token.IsEmpty() {
		r("token", Good, "connection.token is created at the start", "")
	} else {
		c.tokens(ctx, r)
	}
	c.disk(r)
	c.server(ctx, r)
	d.serverRules(ctx, s, r)
	c.people(ctx, r)
	d.findingsInData(ctx, s, r)
}

// serverRules reports each running server whose rules, adoption or drain differ
// from this configuration.
func (d Doctor) serverRules(ctx context.Context, s *store.Store, r report) {
	servers, err := s.Servers(ctx)
	if err != nil {
		return // checks.server reports this error
	}
	name, text, _ := d.Config.Mapping()
	for _, one := range servers {
		has := one.Settings
		switch {
		case !isAlive(one) || d.Rules != nil:
		case has.Rules != string(text):
			r("server rules", Warn, fmt.Sprintf("a running server has read %s, which differs from %s of this configuration", ruleFile(has.RulesName), ruleFile(name)),
				"send SIGHUP to `flexscim serve`, or run doctor with the configuration of the server; `flexscim plan --all --mapping-file FILE` shows what other rules change")
		case has.AdoptExact != d.Config.Flex.AdoptExact || has.Drain != d.Config.Leavers.Drain:
			r("server rules", Warn, fmt.Sprintf("a running server has flex.adopt_exact %v and leavers.drain %v, this configuration %v and %v",
				has.AdoptExact, has.Drain, d.Config.Flex.AdoptExact, d.Config.Leavers.Drain), "restart `flexscim serve`, or run doctor with the configuration of the server")
		default:
			r("server rules", Good, "a running server has the rules of this configuration", "")
		}
	}
}

// ruleFile returns the words by which a finding names the rules: the name of their
// file, or "the default rules" if this name is "".
func ruleFile(name string) string { return cmp.Or(name, "the default rules") }

// clock compares the clock of this machine with that of the database server. The times
// of jobs come from the database, all other times from this machine.
func (Doctor) clock(ctx context.Context, s *store.Store, r report) {
	if s.Engine() == store.SQLite {
		return // SQLite uses the clock of this machine
	}
	switch skew, err := s.Skew(ctx); {
	case err != nil:
		r("database clock", Bad, err.Error(), "")
	case skew.Abs() > maxSkew:
		direction := "ahead of"
		if skew < 0 {
			direction = "behind"
		}
		r("database clock", Bad, fmt.Sprintf("this machine's clock is %v %s the database's: the times in the audit log, of tokens and of leavers may be wrong",
			skew.Abs().Round(time.Second), direction), "switch time synchronisation (NTP) on, on both machines")
	default:
		r("database clock", Good, fmt.Sprintf("within %v of this machine's", maxSkew), "")
	}
}

// tokens reports the connections whose IdPs cannot push because no token is valid,
// or whose last token expires soon.
func (c checks) tokens(ctx context.Context, r report) {
	live, err := c.auth.HasLive(ctx)
	if err != nil {
		r("token", Bad, err.Error(), "")
		return
	}
	expiries, err := c.auth.Expiries(ctx)
	if err != nil {
		r("token", Bad, err.Error(), "")
		return
	}
	for _, e := range expiries {
		fix := "flexscim token create --connection " + e.Connection + ", enter the token in the IdP, then revoke the old one"
		if e.Expired() {
			r("token", Bad, fmt.Sprintf("the last token of %s expired on %s: its IdP cannot push", e.Connection, e.At.Format(time.DateOnly)), fix)
		} else {
			r("token", Warn, fmt.Sprintf("the last token of %s expires in %d days", e.Connection, e.Days), fix)
		}
	}
	switch {
	case len(expiries) > 0:
	case !live:
		r("token", Bad, "none: no IdP can push", "flexscim token create --connection okta")
	default:
		r("token", Good, "no connection's last token expires within 90 days", "")
	}
}

func (d Doctor) twilio(ctx context.Context, r report) {
	clock := &serverClock{next: http.DefaultTransport}
	d.Twilio.Transport = clock
	client, err := flexhttp.New(d.Twilio)
	if err != nil {
		r("twilio", Bad, err.Error(), "set TWILIO_ACCOUNT_SID, TWILIO_API_KEY and TWILIO_API_SECRET")
		return
	}
	workspace, err := client.Discover(ctx)
	if err != nil {
		r("twilio", Bad, err.Error(), cmp.Or(d.wrongHost(err), twilioFix(err)))
		return
	}
	r("twilio", Good, "the credentials are valid", "")
	r("workspace", Good, string(workspace.SID), "")
	r("offline", Good, "leavers go to activity "+string(workspace.Offline), "")
	answers, err := client.FlexUsers(workspace).Enabled(ctx)
	switch {
	case d.Config.Flex.Backend != "flex-users":
		r("back end", Good, fmt.Sprintf("taskrouter (the Flex Users API answers: %v)", answers), "")
	case err != nil || !answers:
		r("back end", Bad, "flex-users is chosen, but the account does not answer the Flex Users API", "flex.backend: taskrouter")
	default:
		r("back end", Good, "flex-users", "")
	}
	clock.check(r)
}

func twilioFix(err error) string {
	switch {
	case errors.Is(err, flex.Denied):
		return "check the API key's secret, and that the key belongs to the account with Flex"
	case errors.Is(err, flex.Refused):
		return "does this account have Flex? Its workspace needs an activity that takes no tasks (Offline)"
	default:
		return "try again; can this machine reach api.twilio.com (proxy, firewall), and is status.twilio.com green?"
	}
}

// maxSkew is the largest acceptable difference between our clock and Twilio's
// clock. With a larger difference, the times of leaver records would be wrong.
const maxSkew = 5 * time.Second

// serverClock is a transport that compares our clock with the Date header of
// responses, and stores the difference.
type serverClock struct {
	next http.RoundTripper
	skew atomic.Pointer[time.Duration] // nil: unknown
}

// RoundTrip implements http.RoundTripper.
func (c *serverClock) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		skew := time.Since(date)
		c.skew.Store(&skew)
	}
	return res, nil
}

func (c *serverClock) check(r report) {
	switch skew := c.skew.Load(); {
	case skew == nil:
		r("clock", Warn, "Twilio's response had no Date header", "")
	case skew.Abs() > maxSkew:
		r("clock", Bad, fmt.Sprintf("this machine's clock differs by %v from Twilio's: the times of leaver records would be wrong", skew.Round(time.Second)), "switch time synchronisation on (NTP)")
	default:
		r("clock", Good, fmt.Sprintf("within %v of Twilio's", maxSkew), "")
	}
}
