package config

import (
	_ "embed"
	"fmt"
	"strings"
)

// referencePage is docs/reference/config.md without the rows of the settings.
//
//go:embed reference.tmpl
var referencePage string

// Reference returns the text of docs/reference/config.md.
func Reference() []byte {
	var b strings.Builder
	for _, s := range settings() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s |\n", s.key, kindOf(s.at(new(Config))),
			code(s.preset), code(flagOf(s)), code(s.env()), cell(s.help), cell(s.rule.text))
	}
	return []byte(strings.Replace(referencePage, "{{settings}}\n", b.String(), 1))
}

func flagOf(s setting) string {
	if s.flag() == "" {
		return ""
	}
	return "--" + s.flag()
}

func code(text string) string {
	if text == "" {
		return "–"
	}
	return "`" + text + "`"
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
