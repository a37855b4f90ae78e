// Package mapping computes, from a person's SCIM attributes and groups, the
// Worker that the person should have in Flex.
//
// It is a pure tool: it uses no clock, network or log, and its results do not
// depend on map order. internal/plan decides what to do about a Worker.
//
// Rules are YAML, below the root key `mapping`; other root keys are ignored:
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
// A role above the ceiling is left out, and a Finding reports it. A person
// without any role gets no Worker.
//
// The values of `when` and of the keys below `attributes` are CEL expressions
// (https://cel.dev). They are compiled once and limited in length and cost. They
// see one variable, `user`. Its fields are the SCIM attributes by their names;
// `groups`, a list of displayNames, compared case-sensitively; and the two
// extensions as `enterprise` and `flexscim`. If an attribute is missing, the
// condition of `when` is false, and an attribute rule gives no value. Any other
// failure is reported as a Finding, and the rule does not match.
package mapping
