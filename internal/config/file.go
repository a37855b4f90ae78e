package config

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFile is the largest configuration or mapping file, in bytes.
const maxFile = 4 << 20

type file struct {
	path    string
	text    []byte
	values  map[string]string // :: key → text
	lines   map[string]int    // :: key → line, from 1
	mapping lineRange         // of "mapping:"; zero: none
}

// lineRange is a range of lines, counted from 1, including the last.
type lineRange struct{ first, last int }

func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("larger than %v", Bytes(maxFile))}
	}
	return text, err
}

// readFile reads the values of a configuration file and their line numbers, and
// finds the lines of the mapping rules. An unknown key is a problem.
func readFile(path string) (file, []Problem) {
	f := file{path: path, values: map[string]string{}, lines: map[string]int{}}
	text, err := readLimited(path)
	if err != nil {
		return f, []Problem{{Key: "config", From: path, Rule: "a readable file", Fix: err.Error()}}
	}
	f.text = text
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return f, []Problem{{Key: "config", From: path, Rule: "YAML", Fix: err.Error()}}
	}
	if len(root.Content) == 0 {
		return f, nil
	}
	problems := f.walk(root.Content[0], "")
	return f, problems
}

// walk reads the keys and values of a YAML mapping. prefix is the path of this YAML
// mapping in the file, with a dot at its end, or "" at the root.
func (f *file) walk(n *yaml.Node, prefix string) []Problem {
	if n.Kind != yaml.MappingNode {
		return []Problem{{Key: strings.TrimSuffix(prefix, "."), From: f.at(n.Line), Rule: "keys with values", Fix: "See docs/reference/config.md."}}
	}
	var problems []Problem
	for i := 0; i+1 < len(n.Content); i += 2 {
		problems = append(problems, f.pair(prefix+n.Content[i].Value, n.Content[i], n.Content[i+1])...)
		if prefix == "" && n.Content[i].Value == "mapping" {
			f.mapping = lineRange{n.Content[i].Line, bytes.Count(f.text, []byte("\n")) + 1}
			if i+2 < len(n.Content) {
				f.mapping.last = n.Content[i+2].Line - 1
			}
		}
	}
	return problems
}

// pair reads one key with its value.
func (f *file) pair(key string, at, value *yaml.Node) []Problem {
	if value.Kind == yaml.AliasNode {
		value = value.Alias
	}
	_, known := find(key)
	if _, twice := f.lines[key]; twice {
		return []Problem{{Key: key, From: f.at(at.Line), Rule: "given once", Fix: fmt.Sprintf("It is also on line %d.", f.lines[key])}}
	}
	f.lines[key] = at.Line
	switch {
	case key == "mapping":
		return nil
	case known && value.Kind == yaml.ScalarNode:
		if value.Tag != "!!null" {
			f.values[key] = value.Value
		}
		return nil
	case known:
		return []Problem{{Key: key, From: f.at(at.Line), Rule: "one value", Fix: "See docs/reference/config.md."}}
	case isSection(key) && value.Tag == "!!null":
		return nil
	case isSection(key):
		return f.walk(value, key+".")
	}
	return []Problem{unknown(key, f.at(at.Line), keys())}
}

func (f *file) at(line int) string { return fmt.Sprintf("%s:%d", f.path, line) }

// mappingText returns the mapping rules of the file, with an empty line for each
// other line of the file, so that errors show the right line numbers. If the file
// has no mapping rules, mappingText returns nil.
func (f *file) mappingText() []byte {
	if f.mapping.first == 0 {
		return nil
	}
	lines := bytes.Split(f.text, []byte("\n"))
	for i := range lines {
		if n := i + 1; n < f.mapping.first || n > f.mapping.last {
			lines[i] = nil
		}
	}
	return bytes.Join(lines, []byte("\n"))
}
