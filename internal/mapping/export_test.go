package mapping

import "slices"

// Ceiling returns the roles that the rules and IdPs can grant.
func (r *Rules) Ceiling() []string { return slices.Clone(r.ceiling) }
