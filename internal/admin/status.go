package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/store"
)

// Status is the state of an installation as its database shows it.
type Status struct {
	Servers     []ServerStatus     `json:"servers"` // that run
	Twilio      TwilioStatus       `json:"twilio"`
	Sweep       *SweepStatus       `json:"last_sweep"` // nil: no server has swept in the last day
	Connections []ConnectionStatus `json:"connections"`
	People      map[State]int64    `json:"people"`
	Needs       []Finding          `json:"needs_a_person"` // problems that an operator must solve now or soon
}

// ServerStatus describes a server that runs.
type ServerStatus struct {
	ID      string    `json:"id"`
	Version string    `json:"version"`
	Rules   string    `json:"rules"` // name of the file; "": the default rules
	Seen    time.Time `json:"seen_at"`
}

// TwilioStatus describes the last call of a running server to Twilio.
type TwilioStatus struct {
	Result string     `json:"result"` // "ok", the kind of the error, or "" before the first call
	At     *time.Time `json:"at"`
	Since  *time.Time `json:"failing_since"` // nil if calls do not fail
}

// SweepStatus is the last sweep.
type SweepStatus struct {
	At        time.Time `json:"at"`
	Error     string    `json:"error"`
	Workers   int       `json:"workers"`
	Ours      int       `json:"ours"`
	Foreign   int       `json:"foreign"`
	Orphans   int       `json:"orphans"`
	Different int       `json:"different"`
	Missing   int       `json:"missing"`
}

// ConnectionStatus describes a connection's pushes and tokens.
type ConnectionStatus struct {
	Name     string     `json:"name"`
	Kind     string     `json:"kind"`
	LastPush *time.Time `json:"last_push"` // time of the IdP's last request; can be up to a minute too early
	Tokens   int        `json:"tokens"`    // number of valid tokens of the IdP
	Expires  *time.Time `json:"expires"`   // when the last valid token expires; nil: never, or there is none
}

// Status returns the state of the installation. It does not call Twilio.
func (a *Admin) Status(ctx context.Context) (Status, error) {
	c := checks{store: a.store, auth: a.auth}
	s := Status{Servers: []ServerStatus{}, Needs: []Finding{}}
	servers, err := a.store.Servers(ctx)
	if err != nil {
		return s, err
	}
	s.addServers(servers, time.Now())
	if s.Connections, err = a.connectionStatus(ctx); err != nil {
		return s, err
	}
	if s.People, err = c.countPeople(ctx); err != nil {
		return s, err
	}
	for f := range findings(func(r report) { c.disk(r); c.server(ctx, r); c.tokens(ctx, r); c.people(ctx, r) }) {
		if f.State != Good {
			s.Needs = append(s.Needs, f)
		}
	}
	return s, nil
}

// addServers adds the servers that run, and what they last saw in Flex.
func (s *Status) addServers(servers []store.Server, now time.Time) {
	for _, one := range servers {
		r := one.Report
		if isAlive(one) {
			s.Servers = append(s.Servers, ServerStatus{one.ID, one.Settings.Version, one.Settings.RulesName, now.Add(-one.Age).UTC()})
			if s.Twilio.At == nil || r.CallAt.After(*s.Twilio.At) {
				s.Twilio = TwilioStatus{r.CallResult, timeOrNil(r.CallAt), timeOrNil(r.FailingSince)}
			}
		}
		if w := r.Sweep; !w.At.IsZero() && (s.Sweep == nil || w.At.After(s.Sweep.At)) {
			s.Sweep = &SweepStatus{w.At, w.Error, w.Workers, w.Ours, w.Foreign, w.Orphans, w.Different, w.Missing}
		}
	}
}

func (a *Admin) connectionStatus(ctx context.Context) ([]ConnectionStatus, error) {
	connections, err := a.connections.List(ctx)
	if err != nil {
		return nil, err
	}
	tokens, err := a.auth.List(ctx, "")
	if err != nil {
		return nil, err
	}
	all := make([]ConnectionStatus, len(connections))
	for i, c := range connections {
		one := ConnectionStatus{Name: c.Name, Kind: c.Kind}
		var last, expires time.Time
		for _, t := range tokens {
			if t.ConnectionName != c.Name || t.User != "" {
				continue
			}
			if t.LastUsed.After(last) {
				last = t.LastUsed
			}
			if t.State == "live" {
				one.Tokens++
				expires = later(expires, t.Expires, one.Tokens == 1)
			}
		}
		one.LastPush, one.Expires = timeOrNil(last), timeOrNil(expires)
		all[i] = one
	}
	return all, nil
}

// later returns the later of the expiries a and b. The zero time means that a token
// never expires, so it is the latest. If the argument first is true, b is the first
// expiry, and later returns it.
func later(a, b time.Time, first bool) time.Time {
	if first || !a.IsZero() && (b.IsZero() || b.After(a)) {
		return b
	}
	return a
}

// checks are the checks of the database that Status and Doctor share.
type checks struct {
	store *store.Store
	auth  *auth.Auth
}

// countPeople counts people by state.
func (c checks) countPeople(ctx context.Context) (map[State]int64, error) {
	staying, left, err := c.store.CountPeople(ctx)
	if err != nil {
		return nil, err
	}
	counts := map[State]int64{}
	for _, s := range States() {
		counts[s] = 0
	}
	for state, n := range staying {
		counts[stateOf(state, false, false)] += n
	}
	for state, n := range left {
		counts[stateOf(state, true, false)] += n
	}
	blocked, err := c.store.Blocked(ctx)
	if err != nil {
		return nil, err
	}
	v := view{store: c.store}
	for _, p := range blocked {
		exact, _, err := v.state(ctx, p)
		if err != nil {
			return nil, err
		}
		counts[stateOf(p.State, p.Deleted || !p.User.Doc.Active(), false)]--
		counts[exact]++
	}
	return counts, nil
}

// people reports the people for whom an operator must act, and those for whom
// flexscim tries again.
func (c checks) people(ctx context.Context, r report) {
	counts, err := c.countPeople(ctx)
	if err != nil {
		r("people", Bad, err.Error(), "")
		return
	}
	if counts[Parked]+counts[Stuck] == 0 {
		r("people", Good, fmt.Sprintf("%d settled, %d pending, %d leaving", counts[Settled], counts[Pending], counts[Leaving]), "")
	}
	blocked, err := c.store.Blocked(ctx)
	if err != nil {
		r("people", Bad, err.Error(), "")
		return
	}
	for _, state := range []State{Stuck, Parked} {
		if counts[state] > 0 {
			r("people", Warn, fmt.Sprintf("%d %s: %s", counts[state], state, c.reasons(ctx, blocked, state)),
				fmt.Sprintf("`flexscim people list --state %s`; mend the cause, then `flexscim sync --all`", state))
		}
	}
	retrying, err := c.store.Retrying(ctx)
	if err == nil && retrying.N > 0 {
		r("people", Warn, fmt.Sprintf("flexscim tries again for %d people: %s", retrying.N, retrying.Reason), "see the check of Twilio; the server goes on by itself")
	}
}

// maxReasons is the maximum number of reasons that one finding names.
const maxReasons = 3

// reasons returns the most frequent reasons of the people in a state, with their
// numbers.
func (c checks) reasons(ctx context.Context, people []store.Person, state State) string {
	numbers := map[string]int{}
	v := view{store: c.store}
	for _, p := range people {
		if s, _, err := v.state(ctx, p); err == nil && s == state {
			numbers[p.Reason]++
		}
	}
	var reasons []string
	for reason := range numbers {
		reasons = append(reasons, reason)
	}
	slices.SortFunc(reasons, func(a, b string) int { return cmp.Or(numbers[b]-numbers[a], cmp.Compare(a, b)) })
	text := ""
	for i, reason := range reasons {
		if i == maxReasons {
			return text + fmt.Sprintf("; and %d more reasons", len(reasons)-i)
		}
		if i > 0 {
			text += "; "
		}
		text += fmt.Sprintf("%s (%d)", reason, numbers[reason])
	}
	return text
}

// server reports whether a server runs, and what it last saw in Flex.
func (c checks) server(ctx context.Context, r report) {
	servers, err := c.store.Servers(ctx)
	if err != nil {
		r("server", Bad, err.Error(), "")
		return
	}
	var s Status
	s.addServers(servers, time.Now())
	switch {
	case len(s.Servers) > 0:
		r("server", Good, fmt.Sprintf("%d running", len(s.Servers)), "")
	case len(servers) == 0 || servers[0].Stopped:
		r("server", Warn, "no server runs on this database", "start `flexscim serve`")
	default:
		r("server", Warn, fmt.Sprintf("no server has reported for %v", servers[0].Age.Round(time.Second)), "is `flexscim serve` running? see its log")
	}
	if s.Twilio.Since != nil {
		r("server", Warn, fmt.Sprintf("its calls to Twilio fail since %s: %s", s.Twilio.Since.Format(time.RFC3339), s.Twilio.Result), "`flexscim doctor` checks Twilio")
	}
	if s.Sweep == nil {
		return
	}
	if s.Sweep.Error != "" {
		r("sweep", Warn, "the last sweep failed: "+s.Sweep.Error, "")
	}
	if s.Sweep.Orphans > 0 {
		r("sweep", Warn, fmt.Sprintf("%d Workers have the mark of nobody who is known here, or are the second one of a person", s.Sweep.Orphans),
			"the server's log names them after each sweep; delete in Flex those that nobody uses")
	}
}

// A warning begins when the free part of the disk is below diskLow, or when fewer
// than diskLowBytes bytes are free.
const (
	diskLow      = 0.05
	diskLowBytes = 512 << 20
)

// disk reports whether the disk with the database is full or nearly full.
func (c checks) disk(r report) {
	d, err := c.store.Disk()
	free := fmt.Sprintf("%d MiB of %d MiB are free", d.Free>>20, d.Total>>20)
	const fix = "free space, or give the database a larger disk: SCIM writes get 503 when it is full"
	switch {
	case errors.Is(err, errors.ErrUnsupported):
	case err != nil:
		r("disk", Warn, err.Error(), "")
	case d.Free < store.DiskFull:
		r("disk", Bad, "full: "+free, fix)
	case d.Free < diskLowBytes || float64(d.Free) < diskLow*float64(d.Total):
		r("disk", Warn, "nearly full: "+free, fix)
	default:
		r("disk", Good, free, "")
	}
}
