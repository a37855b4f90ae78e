package mapping

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"go.yaml.in/yaml/v3"

	"github.com/flexscim/flexscim/flex"
)

// The limits of a document with rules.
const (
	maxDocument = 1 << 20 // bytes
	maxRules    = 1000    // maximum number of rules for roles, and of rules for attributes
)

// Parse parses the rules in a YAML document. The argument name is the file's name,
// for the texts of errors. Root keys other than `mapping` are ignored. The error
// joins all problems, each with name:line:column.
func Parse(name string, document []byte) (*Rules, error) {
	if len(document) > maxDocument {
		return nil, fmt.Errorf("%s: the file has %d bytes, the limit is %d", name, len(document), maxDocument)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err) // names the line
	}
	env, err := newEnv()
	if err != nil {
		return nil, fmt.Errorf("prepare CEL: %w", err)
	}
	p := &parser{name: name, env: env, rules: Default()}
	if len(root.Content) > 0 {
		p.root(root.Content[0])
	}
	if len(p.problems) == 0 {
		p.checkCeiling()
	}
	if len(p.problems) > 0 {
		return nil, errors.Join(p.problems...)
	}
	return p.rules, nil
}

// parser collects the rules of a document and the problems in it.
type parser struct {
	name     string
	env      *cel.Env
	rules    *Rules
	reads    bool         // whether the text of an expression contains "entitlements"
	ceiling  *yaml.Node   // nil if the document has no ceiling
	written  []*yaml.Node // the rules for roles, in their order; the last may be the default
	problems []error
}

func (p *parser) problem(n *yaml.Node, format string, args ...any) {
	p.problems = append(p.problems, fmt.Errorf("%s: %w", p.at(n), fmt.Errorf(format, args...)))
}

func (p *parser) at(n *yaml.Node) string {
	return fmt.Sprintf("%s:%d:%d", p.name, n.Line, n.Column)
}

func (p *parser) root(n *yaml.Node) {
	p.object(n, "the document", func(key, v *yaml.Node) {
		if key.Value == "mapping" && !isNull(v) {
			p.mapping(v)
		}
	})
}

func (p *parser) mapping(n *yaml.Node) {
	var offered *yaml.Node
	p.object(n, "mapping", func(key, v *yaml.Node) {
		switch key.Value {
		case "roles":
			p.roles(v)
		case "ceiling":
			p.ceiling = v
			p.rules.ceiling = p.roleNames(v, "mapping.ceiling")
		case "attributes":
			p.attributes(v)
		case "entitlements":
			offered = key
			p.grants(v)
		case "skills":
			p.problem(key, "mapping.skills is not supported yet: leave it out; skills that supervisors give in Flex stay as they are")
		case "capacity":
			p.problem(key, "mapping.capacity is not supported yet: leave it out; a Worker's channels keep the capacity that Flex gives them")
		default:
			p.problem(key, "mapping has no key %q; it has roles, ceiling, attributes and entitlements", key.Value)
		}
	})
	if offered != nil && !p.reads {
		p.problem(offered, "mapping.entitlements would do nothing: no rule reads user.entitlements, for example with when: 'user.entitlements.exists(e, e.value == \"…\")'")
	}
}

func (p *parser) roles(n *yaml.Node) {
	items, ok := p.list(n, "mapping.roles")
	if !ok {
		return
	}
	for i, item := range items {
		where := fmt.Sprintf("mapping.roles[%d]", i)
		rule, isDefault := p.roleRule(item, where)
		p.written = append(p.written, item)
		switch {
		case isDefault && i != len(items)-1:
			p.problem(item, "%s: default must be the last rule, nothing after it can match", where)
		case isDefault:
			p.rules.fallback = rule
		default:
			p.rules.roles = append(p.rules.roles, rule)
		}
	}
}

func (p *parser) roleRule(n *yaml.Node, where string) (rule roleRule, isDefault bool) {
	rule.why = fmt.Sprintf("%s (%s)", where, p.at(n))
	given := map[string]bool{} // :: key → whether the rule has it
	p.object(n, where, func(key, v *yaml.Node) {
		given[key.Value] = true
		switch key.Value {
		case "when":
			rule.when = p.expression(v, where+".when", isCondition)
		case "set":
			rule.set = p.roleNames(v, where+".set")
		case "default":
			if rule.reject = v.Value == "reject"; !rule.reject {
				rule.set = p.roleNames(v, where+".default")
			}
		default:
			p.problem(key, "%s has no key %q; it has when and set, or default", where, key.Value)
		}
	})
	if given["default"] == given["when"] || given["when"] != given["set"] {
		p.problem(n, "%s must have when and set, or default alone", where)
	}
	return rule, given["default"]
}

// checkCeiling reports a problem for each rule whose roles are all above the
// ceiling, because the people whom the rule matches would lose their Workers.
func (p *parser) checkCeiling() {
	all := p.rules.roles
	if len(p.written) > len(all) {
		all = append(slices.Clip(all), p.rules.fallback)
	} else if p.isAbove(p.rules.fallback) {
		p.problem(p.ceiling, "mapping.ceiling does not list agent, the role of whom no rule matches: add it, or end mapping.roles with a default, such as `default: reject`")
	}
	for i, rule := range all {
		if p.isAbove(rule) {
			p.problem(p.written[i], "mapping.roles[%d] gives only roles above mapping.ceiling, so whom it matches would have no Worker: add one of %s to the ceiling",
				i, strings.Join(rule.set, ", "))
		}
	}
}

// isAbove reports whether all roles that a rule gives are above the ceiling.
func (p *parser) isAbove(rule roleRule) bool {
	return !rule.reject && !slices.ContainsFunc(rule.set, func(role string) bool { return slices.Contains(p.rules.ceiling, role) })
}

func (p *parser) roleNames(n *yaml.Node, where string) (names []string) {
	items, _ := p.list(n, where)
	if len(items) == 0 {
		p.problem(n, "%s must name at least one role", where)
	}
	for _, item := range items {
		if !isRole(item.Value) {
			p.problem(item, "%s: %q is not a role of Flex; roles are agent, supervisor, admin, wfo.… and flex.…", where, item.Value)
		}
		names = append(names, item.Value)
	}
	return sortRoles(names)
}

func (p *parser) attributes(n *yaml.Node) {
	p.object(n, "mapping.attributes", func(key, v *yaml.Node) {
		where := "mapping.attributes." + key.Value
		if reason := forbidden(key.Value); reason != "" {
			p.problem(key, "%s: %s", where, reason)
			return
		}
		p.rules.attributes = slices.DeleteFunc(p.rules.attributes, func(a attributeRule) bool { return a.key == key.Value })
		if isNull(v) {
			if key.Value == flex.KeyFullName || key.Value == flex.KeyEmail {
				p.problem(key, "%s: this attribute cannot be left out, because Flex refuses a login without it", where)
			}
			return
		}
		p.rules.attributes = append(p.rules.attributes, attributeRule{
			key: key.Value, why: fmt.Sprintf("%s (%s)", where, p.at(key)), value: p.expression(v, where, isValue),
		})
	})
	slices.SortFunc(p.rules.attributes, func(a, b attributeRule) int { return cmp.Compare(a.key, b.key) })
}

// forbidden returns the reason why the rules cannot set an attribute with this key,
// or "" if they can.
func forbidden(key string) string {
	switch {
	case slices.Contains(flex.ForbiddenKeys(), key), key == "twilio_contact_identity":
		return "Flex itself sets this key"
	case key == flex.KeyOwner:
		return "flexscim marks its Workers with this key"
	case key == flex.KeyRoles:
		return "roles come from mapping.roles"
	case key == "routing", key == "disabled_skills":
		return "supervisors set skills in Flex; mapping them is not supported yet"
	}
	if key == "" || len(key) > 64 || strings.Trim(strings.ToLower(key), "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return "a key is 1 to 64 letters, digits and _"
	}
	return ""
}

func (p *parser) expression(n *yaml.Node, where string, ok func(*cel.Type) error) *expression {
	if n.Kind != yaml.ScalarNode {
		p.problem(n, "%s must be a CEL expression", where)
		return nil
	}
	p.reads = p.reads || strings.Contains(n.Value, "entitlements")
	e, err := compile(p.env, n.Value, ok)
	if err != nil {
		p.problem(n, "%s: %w", where, err)
		return nil
	}
	p.rules.addTexts(e.texts)
	return e
}
