package config

import (
	"bytes"
	"fmt"
	"strings"
)

const referenceHead = `# Configuration

<!-- Written by ` + "`flexscim config reference`" + `; a test keeps it current. -->

A flag beats the environment, the environment beats the file, the file beats the default. ` + "`--config FILE`" + ` or
` + "`FLEXSCIM_CONFIG`" + ` names the file, which is YAML; a dot in a key is a level:

` + "```yaml" + `
listen: 127.0.0.1:8080
leavers:
  drain: 30m
` + "```" + `

A secret is never a flag (the list of processes shows flags). For each secret, and for ` + "`database.url`" + `, the
environment's name with ` + "`_FILE`" + ` behind it names a file that holds the value. An empty variable is not set. A key of the
file that does not exist is an error, and so is a variable that nearly has one of these names.

Durations are written as ` + "`30m`, `15s`, `1h30m`, `0`" + `; sizes as ` + "`4MiB`, `512KiB`, `1024`" + `.

| key | type | default | flag | environment | what | rule |
|---|---|---|---|---|---|---|
`

const referenceEnd = `
The mapping rules stand in the file that ` + "`mapping_file`" + ` names, or below ` + "`mapping:`" + ` in the configuration file; ` + "`flexscim config mapping`" + ` prints an
example.

| key | what |
|---|---|
| ` + "`mapping.roles`" + ` | rules that give roles: ` + "`when`" + ` (CEL over the SCIM user) and ` + "`set`" + `; the first that matches wins. The last may be ` + "`default`" + `, roles or ` + "`reject`" + ` |
| ` + "`mapping.ceiling`" + ` | the roles that may be given, by rules and by the IdP; those that /Roles lists |
| ` + "`mapping.attributes`" + ` | key in the Worker's attributes: CEL over the SCIM user |
| ` + "`mapping.entitlements`" + ` | what /Entitlements lists for Okta Identity Governance: ` + "`value`, `display`, `description`, `type`" + `; at least one rule must read ` + "`user.entitlements`" + ` |
`

// Reference is docs/reference/config.md.
func Reference() []byte {
	var b bytes.Buffer
	b.WriteString(referenceHead)
	for _, s := range settings() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s |\n", s.key, kindOf(s.at(new(Config))),
			code(s.preset), code(flagOf(s)), code(s.env()), cell(s.help), cell(s.rule.text))
	}
	b.WriteString(referenceEnd)
	return b.Bytes()
}

// Environment lists every variable that is read, for tests of what sets them.
func Environment() []string {
	names := []string{configEnv}
	for _, s := range settings() {
		names = append(names, s.env())
		if s.namesFile() {
			names = append(names, s.env()+"_FILE")
		}
	}
	return names
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
