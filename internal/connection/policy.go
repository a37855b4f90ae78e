package connection

import (
	"cmp"
	"time"

	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// Policy has the rules and limits of one connection.
type Policy struct {
	Rules      *mapping.Rules // nil means mapping.Default
	AdoptExact bool           // whether to adopt a Worker without a mark whose name is exactly the userName
	Drain      time.Duration  // how long a leaver's live work may continue; 0: it ends immediately
	Rate       int            // requests per second; 0: no limit
	Body       int64          // largest request body, in bytes
}

// Policy returns the policy of the connection with that id.
func (c *Connections) Policy(store.ConnectionID) Policy { return *c.policy.Load() }

// SetRules replaces the rules of all connections. Nil means mapping.Default.
func (c *Connections) SetRules(rules *mapping.Rules) {
	p := *c.policy.Load()
	p.Rules = cmp.Or(rules, mapping.Default())
	c.policy.Store(&p)
	c.onChange()
}

// Grants returns the roles and entitlements that the connection's IdP can read, or
// nil if the IdP cannot read them.
func (c *Connections) Grants(of store.Connection) *scim.Grants {
	if !of.Entitlements {
		return nil
	}
	grants := c.Policy(of.ID).Rules.Grants()
	return &grants
}
