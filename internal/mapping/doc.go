// Package mapping translates: what the IdP says of a person into what should
// exist in Flex for them.
//
// It is line 1 and pure: no clock, no network, no log, no map order. It never
// decides what to do about a Worker (internal/plan does).
//
// Rules come from YAML, the root key mapping of a file that may hold more:
//
//	mapping:
//	  roles:                     # the first rule that matches wins
//	    - when: '"Flex Supervisors" in user.groups'
//	      set: [supervisor]
//	    - default: [agent]       # the last one; or: default: reject
//	  ceiling: [agent, supervisor]
//	  attributes:                # attribute key → value, beside those we always write
//	    department: user.enterprise.department
//	    manager: null            # do not write it, though Default would
//	  entitlements:              # what an IdP may give people, for rules to read
//	    - value: quality
//	      display: Quality team  # else the value; also: description, type
//
// Where a role comes from, in this order:
//
//  1. the first rule whose when is true
//  2. roles that the IdP names itself, compared by value: our extension's
//     roles, else SCIM roles, else entitlements; a value counts only if the
//     ceiling allows it, and others fall through
//  3. the default, [agent] where none is written
//
// Nothing grants a role above the ceiling: it is cut, and a Finding says so. A
// person without any role left is nobody.
//
// when and values are CEL (https://cel.dev), compiled once, limited in length
// and cost. They see one variable, user: the SCIM attributes by their names;
// groups, the list of displayNames, compared exactly; enterprise and flexscim,
// the two extensions. A missing attribute makes a when false and a value
// absent. Any other failure is a Finding, and the rule counts as not matching.
package mapping
