package mapping

import "slices"

// Ceiling returns the roles that can be granted.
func (r *Rules) Ceiling() []string { return slices.Clone(r.ceiling) }
