// Package mapping translates what the IdP says about a person into what should
// exist in Flex for them.
//
// It is a pure tool: no clock, no network, no log, no map order. It does not
// decide what to do about a Worker; internal/plan does.
//
// Rules are YAML, below the root key mapping; other root keys are ignored:
//
//	mapping:
//	  roles:                     # the first rule that matches wins
//	    - when: '"Flex Supervisors" in user.groups'
//	      set: [supervisor]
//	    - default: [agent]       # the last one; or: default: reject
//	  ceiling: [agent, supervisor]
//	  attributes:                # attribute key → value, beside those we always write
//	    department: user.enterprise.department
//	    manager: null            # do not write it, although the default rules do
//	  entitlements:              # what an IdP may give people, for rules to read
//	    - value: quality
//	      display: Quality team  # else the value; also: description, type
//
// Where a role comes from, in this order:
//
//  1. the first rule whose when is true
//  2. roles that the IdP sends, compared by value: our extension's roles, else
//     SCIM roles, else entitlements; values above the ceiling are ignored
//  3. the default; without one, [agent]
//
// No rule grants a role above the ceiling: the role is left out, and a Finding
// reports it. A person without any role gets no Worker.
//
// when and values are CEL (https://cel.dev), compiled once, limited in length
// and cost. They see one variable, user: the SCIM attributes by their names;
// groups, the list of displayNames, case-sensitive; enterprise and flexscim, the
// two extensions. If an attribute is missing, a when is false and a value is
// absent. Any other failure is reported as a Finding, and the rule does not
// match.
package mapping
