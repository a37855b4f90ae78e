package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexhttp"
	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/store"
)

func doctorCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Is this installation ready? What is missing, and how to mend it",
		Long: `doctor checks the configuration, the mapping rules, the database, the tokens, Twilio's credentials, the Flex workspace, its offline
activity, and the clock. It changes nothing. Exit code 1: something must be mended.`,
		Example: "  flexscim doctor --config flexscim.yaml\n  flexscim doctor --json | jq 'select(.state != \"ok\")'",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			d := doctor{out: c.OutOrStdout(), json: asJSON}
			d.run(c)
			if d.failed {
				return errReported
			}
			return nil
		},
	}
	config.Register(c.Flags())
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a check")
	return c
}

// doctor prints what it finds as it goes.
type doctor struct {
	out    io.Writer
	json   bool
	failed bool
}

// The states of a check.
const (
	stateOK   = "ok"
	stateWarn = "warn"
	stateFail = "fail"
)

// finding prints the result of one check; fix says what to do about it.
func (d *doctor) finding(check, state, text, fix string) {
	if state == stateFail {
		d.failed = true
	}
	text = strings.ReplaceAll(text, "\n", "; ")
	if d.json {
		_ = json.NewEncoder(d.out).Encode(map[string]string{"check": check, "state": state, "text": text, "fix": fix})
		return
	}
	_, _ = fmt.Fprintf(d.out, "%-4s  %-13s %s\n", state, check, text)
	if fix != "" {
		_, _ = fmt.Fprintf(d.out, "      %-13s → %s\n", "", fix)
	}
}

func (d *doctor) run(c *cobra.Command) {
	cfg, err := config.Load(c.Flags(), os.Environ())
	if err != nil {
		d.problems(err)
		return
	}
	d.configuration(cfg)
	d.database(c.Context(), cfg)
	d.twilio(c.Context(), cfg)
}

// problems is a finding for each problem of the configuration.
func (d *doctor) problems(err error) {
	if all, ok := err.(interface{ Unwrap() []error }); ok { // config joins its problems at the top
		for _, err := range all.Unwrap() {
			d.problems(err)
		}
		return
	}
	text, fix := err.Error(), ""
	if p, ok := errors.AsType[*config.Problem](err); ok {
		bare := *p
		bare.Fix = ""
		text, fix = strings.TrimSpace(bare.Error()), p.Fix
	}
	d.finding("configuration", stateFail, text, fix)
}

func (d *doctor) configuration(cfg config.Config) {
	if err := cfg.ValidateServe(); err != nil {
		d.problems(err)
	} else {
		d.finding("configuration", stateOK, "complete for serve", "")
	}
	name, _, _ := cfg.Mapping()
	_, err := readRules(cfg)
	switch {
	case err != nil:
		d.finding("rules", stateFail, err.Error(), "`flexscim config mapping` prints an example")
	case name == "":
		d.finding("rules", stateWarn, "none: everybody becomes an agent", "write some: `flexscim config mapping > mapping.yaml`, then --mapping-file mapping.yaml")
	default:
		d.finding("rules", stateOK, name, "")
	}
}

func (d *doctor) database(ctx context.Context, cfg config.Config) {
	if path, ok := strings.CutPrefix(cfg.Database.URL, "sqlite:"); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) { // opening it would make it
			d.finding("database", stateWarn, path+" does not exist yet", "`flexscim migrate`, or just `flexscim serve`")
			return
		}
	}
	s, err := store.Open(ctx, store.Config{URL: cfg.Database.URL})
	if err != nil {
		d.finding("database", stateFail, err.Error(), "check database.url, that the server runs and that the user may create tables")
		return
	}
	defer closeQuietly(s)
	switch have, want, err := s.SchemaVersion(ctx); {
	case err != nil:
		d.finding("database", stateFail, err.Error(), "")
		return
	case have > want:
		d.finding("database", stateFail, fmt.Sprintf("%s at version %d, newer than this program (%d)", s.Engine(), have, want), "use a newer flexscim")
		return
	case have < want:
		d.finding("database", stateWarn, fmt.Sprintf("%s at version %d, this program is at %d", s.Engine(), have, want), "`flexscim migrate`, or just `flexscim serve`")
		return
	}
	d.finding("database", stateOK, string(s.Engine()), "")
	d.tokens(ctx, cfg, s)
}

func (d *doctor) tokens(ctx context.Context, cfg config.Config, s *store.Store) {
	a := auth.New(auth.Config{Store: s})
	live, err := a.HasLive(ctx)
	switch {
	case err != nil:
		d.finding("token", stateFail, err.Error(), "")
		return
	case !live && cfg.Connection.Token.IsEmpty():
		d.finding("token", stateFail, "none: no IdP can push", "flexscim token create --connection okta")
		return
	case !live:
		d.finding("token", stateOK, "connection.token is made at the start", "")
		return
	}
	expiries, err := a.Expiries(ctx)
	if err != nil {
		d.finding("token", stateFail, err.Error(), "")
		return
	}
	for _, e := range expiries {
		d.finding("token", stateWarn, fmt.Sprintf("the last token of %s expires in %d days", e.Connection, e.Days),
			"flexscim token create --connection "+e.Connection+", enter it at the IdP, then revoke the old one")
	}
	if len(expiries) == 0 {
		d.finding("token", stateOK, "at least one is good for more than 90 days", "")
	}
}

func (d *doctor) twilio(ctx context.Context, cfg config.Config) {
	clock := &serverClock{next: http.DefaultTransport}
	a := &app{cfg: cfg}
	fc := a.flexConfig()
	fc.OnCall, fc.Transport = nil, clock
	client, err := flexhttp.New(fc)
	if err != nil {
		d.finding("twilio", stateFail, err.Error(), "set TWILIO_ACCOUNT_SID, TWILIO_API_KEY and TWILIO_API_SECRET")
		return
	}
	workspace, err := client.Discover(ctx)
	if err != nil {
		d.finding("twilio", stateFail, err.Error(), twilioFix(err))
		return
	}
	d.finding("twilio", stateOK, "the credentials are good", "")
	d.finding("workspace", stateOK, string(workspace.SID), "")
	d.finding("offline", stateOK, "leavers go to activity "+string(workspace.Offline), "")
	d.backend(ctx, cfg.Flex.Backend, client.FlexUsers(workspace))
	d.clock(clock)
}

// twilioFix is what to do about an error of Twilio's.
func twilioFix(err error) string {
	switch {
	case errors.Is(err, flex.Denied):
		return "check the API key's secret, and that the key belongs to the account with Flex"
	case errors.Is(err, flex.Refused):
		return "does this account have Flex? Its workspace needs an activity that takes no tasks (Offline)"
	default:
		return "try again; is api.twilio.com reached from here (proxy, firewall), is status.twilio.com green?"
	}
}

func (d *doctor) backend(ctx context.Context, chosen string, users *flexhttp.FlexUsers) {
	answers, err := users.Enabled(ctx)
	switch {
	case chosen != "flex-users":
		d.finding("back end", stateOK, fmt.Sprintf("taskrouter (the Flex Users API answers: %v)", answers), "")
	case err != nil || !answers:
		d.finding("back end", stateFail, "flex-users is chosen, but the account does not answer the Flex Users API", "flex.backend: taskrouter")
	default:
		d.finding("back end", stateOK, "flex-users", "")
	}
}

// maxSkew is how far the clock may be off before times in the leaver's record
// mean nothing.
const maxSkew = 5 * time.Second

func (d *doctor) clock(c *serverClock) {
	skew, known := c.skew()
	switch {
	case !known:
		d.finding("clock", stateWarn, "Twilio's answer had no date to compare with", "")
	case skew.Abs() > maxSkew:
		d.finding("clock", stateFail, fmt.Sprintf("%v off from Twilio's: the times of a leaver's record would be wrong", skew.Round(time.Second)), "switch time synchronisation on (NTP)")
	default:
		d.finding("clock", stateOK, fmt.Sprintf("within %v of Twilio's", maxSkew), "")
	}
}

// serverClock notes how far the server's clock is from ours.
type serverClock struct {
	next http.RoundTripper
	off  atomic.Pointer[time.Duration]
}

// RoundTrip implements http.RoundTripper.
func (c *serverClock) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		off := time.Since(date)
		c.off.Store(&off)
	}
	return res, nil
}

func (c *serverClock) skew() (off time.Duration, known bool) {
	p := c.off.Load()
	if p == nil {
		return 0, false
	}
	return *p, true
}
