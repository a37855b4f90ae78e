// Package mapping computes, from a person's SCIM attributes and groups, the
// Worker that the person should have in Flex.
//
// The package uses no clock, network or log, and its results do not depend on the
// order of Go maps. internal/plan then decides which steps the Worker needs.
//
// The rules are written in YAML, below the root key `mapping`. Other root keys are
// ignored:
//
//	mapping:
//	  roles:                     # the first rule that matches wins
//	    - when: '"Flex Supervisors" in user.groups'
//	      set: [supervisor]
//	    - default: [agent]       # last; or: default: reject
//	  ceiling: [agent, supervisor]
//	  attributes:                # attribute key → value, in addition to those that we always write
//	    department: user.enterprise.department
//	    manager: null            # do not write it, although the default rules do
//	  entitlements:              # what an IdP may give people; rules can read it
//	    - value: quality
//	      display: Quality team  # without it, the value; also: description, type
//
// A person's roles come from the first of these sources that gives a role:
//
//  1. the first rule whose key `when` has a true condition
//  2. roles that the IdP sends, compared by value: our extension's roles, else
//     SCIM roles, else entitlements; values above the ceiling are ignored
//  3. the default rule; without a default rule, [agent]
//
// If a rule or the IdP gives a role above the ceiling, the person does not get that
// role, and a Finding reports it. A person without any role gets no Worker.
//
// The values of `when` and of the keys below `attributes` are CEL expressions
// (https://cel.dev). They are compiled once and limited in length and cost. An
// expression can read one variable, `user`. Its fields are the SCIM attributes
// under their names, the field `groups` with the displayNames of the person's
// groups, and the fields `enterprise` and `flexscim` with the two extensions.
// Comparisons with displayNames are case-sensitive. If an attribute is missing, the
// condition of `when` is false, and a rule below `attributes` gives no value. If an
// expression fails for any other reason, a Finding reports the failure, and the
// rule has no effect. The method Rules.Missed says whether the displayName of a group
// resembles, but does not equal, a text in an expression.
package mapping
