package mapping

import "go.yaml.in/yaml/v3"

// parser.object calls fn for each key of a YAML mapping. A duplicate key is a
// problem, and so is a node that is not a mapping.
func (p *parser) object(n *yaml.Node, where string, fn func(key, v *yaml.Node)) {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		p.problem(n, "%s must be a mapping of keys to values", where)
		return
	}
	if len(n.Content) > 2*maxRules {
		p.problem(n, "%s has more than %d keys", where, maxRules)
		return
	}
	seen := map[string]bool{} // :: key → whether an earlier pair has the key
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if seen[key.Value] {
			p.problem(key, "%s has the key %q twice", where, key.Value)
			continue
		}
		seen[key.Value] = true
		fn(key, resolve(n.Content[i+1]))
	}
}

// list returns the items of a YAML sequence. A node that is not a sequence is a
// problem.
func (p *parser) list(n *yaml.Node, where string) (items []*yaml.Node, ok bool) {
	n = resolve(n)
	if n.Kind != yaml.SequenceNode {
		p.problem(n, "%s must be a list", where)
		return nil, false
	}
	if len(n.Content) > maxRules {
		p.problem(n, "%s has more than %d entries", where, maxRules)
		return nil, false
	}
	for _, item := range n.Content {
		items = append(items, resolve(item))
	}
	return items, true
}

// resolve returns the node to which a YAML alias refers, and any other node
// unchanged. The parser reads a fixed number of levels, so nested aliases cannot
// make it read a huge document.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }
