package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// missedGroup is a group whose displayName resembles a text of the rules, but does
// not equal it. So the members of the group do not get what the rule with this text
// gives.
type missedGroup struct {
	connection string // its name
	id         scim.ID
	text       string // describes both names
}

// missedGroups returns the groups that the rules of their connection miss.
func missedGroups(ctx context.Context, s *store.Store, rules func(store.ConnectionID) *mapping.Rules) ([]missedGroup, error) {
	names, err := connectionNames(ctx, s)
	if err != nil {
		return nil, err
	}
	var missed []missedGroup
	err = s.EachGroup(ctx, func(c store.ConnectionID, id scim.ID, displayName string) {
		if text := rules(c).Missed(displayName); text != "" {
			missed = append(missed, missedGroup{names[c], id, fmt.Sprintf("the group %q is not the group %q of the rules, because letter case and blanks count", displayName, text)})
		}
	})
	return missed, err
}

// warnOfMissedGroups updates the metric of the groups that the rules miss, and logs a
// warning for each such group unless the argument logged contains it. It returns the
// set of the groups that are missed now.
func (m Monitor) warnOfMissedGroups(ctx context.Context, logged map[missedGroup]bool) map[missedGroup]bool {
	missed, err := missedGroups(ctx, m.Store, m.Rules)
	if err != nil {
		if ctx.Err() == nil {
			m.Log.Warn("the names of groups could not be compared with the rules", logfield.Err(err))
		}
		return logged
	}
	now, byConnection := map[missedGroup]bool{}, map[string]int64{}
	for _, g := range missed {
		now[g] = true
		byConnection[g.connection]++
		if !logged[g] {
			m.Log.Warn("the rules miss a group: correct its name in the IdP, or the rules", logfield.Connection(g.connection), logfield.Group(string(g.id)), logfield.Reason(g.text))
		}
	}
	m.Metrics.MissedGroups(byConnection)
	return now
}

// findingsInData reports what an operator should correct in the data of the IdPs:
// userNames outside the allowed domains, operations that were left out, and groups
// that the rules miss.
func (d Doctor) findingsInData(ctx context.Context, s *store.Store, r report) {
	d.domains(ctx, s, r)
	d.leftOut(ctx, s, r)
	if d.Mapping == nil {
		return
	}
	missed, err := missedGroups(ctx, s, func(store.ConnectionID) *mapping.Rules { return d.Mapping })
	for i, g := range missed {
		if i == maxReported {
			r("groups", Warn, fmt.Sprintf("and %d more groups", len(missed)-i), "")
			break
		}
		r("groups", Warn, g.connection+": "+g.text, "correct the name in the IdP, or the rules")
	}
	if err != nil {
		r("groups", Bad, err.Error(), "")
	}
}

// maxReported is the number of groups that doctor names.
const maxReported = 10

// leftOutFor is the time for which doctor reports operations that were left out.
const leftOutFor = 30 * 24 * time.Hour

// leftOut reports operations that were left out of PATCHes that deactivated a user.
func (d Doctor) leftOut(ctx context.Context, s *store.Store, r report) {
	all, err := s.LeftOut(ctx)
	names, fault := connectionNames(ctx, s)
	if err != nil || fault != nil {
		r("left out", Bad, fmt.Sprint(err, fault), "")
		return
	}
	for _, l := range all {
		if time.Since(l.Last) < leftOutFor {
			r("left out", Warn, fmt.Sprintf("%s sent %d faulty operations in PATCHes that deactivated users, the last on %s: %s. The users were deactivated; the operations were left out",
				names[l.Connection], l.Operations, l.Last.Format(time.DateOnly), l.Names), "correct the attribute mapping in the IdP")
		}
	}
}

// domains reports people whose userName is outside the domains that their connection
// may use. They were created before an operator set the allowed domains.
func (d Doctor) domains(ctx context.Context, s *store.Store, r report) {
	all, err := s.Connections(ctx)
	for _, c := range all {
		var n int
		var one string
		if n, one, err = s.Outside(ctx, c); err != nil {
			break
		}
		if n > 0 {
			r("domains", Warn, fmt.Sprintf("%d active people of %s have a userName outside the domains that the connection may use, such as %q", n, c.Name, one),
				"have the IdP deactivate or rename them, or allow the domain with `flexscim connection change "+c.Name+" --allowed-domains`")
		}
	}
	if err != nil {
		r("domains", Bad, err.Error(), "")
	}
}
