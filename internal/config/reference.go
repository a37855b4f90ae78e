package config

import (
	"bytes"
	"fmt"
	"strings"
)

const referenceHead = `# Configuration

<!-- Written by ` + "`flexscim config reference`" + `; a test keeps it current. -->

A flag takes precedence over the environment, the environment over the file, and the file over the default. ` + "`--config FILE`" + ` or
` + "`FLEXSCIM_CONFIG`" + ` names the file. It is YAML; a dot in a key is a level:

` + "```yaml" + `
listen: 127.0.0.1:8080
leavers:
  drain: 30m
` + "```" + `

A secret is never a flag, because the process list shows flags. For each secret, and for ` + "`database.url`" + `, the variable with ` + "`_FILE`" + `
appended to its name is the path of a file with the value. An empty variable counts as not set. An unknown key in the file is an error, and so
is an unknown variable whose name resembles one of these.

Durations are written as ` + "`30m`, `15s`, `1h30m`, `0`" + `; sizes as ` + "`4MiB`, `512KiB`, `1024`" + `.

| key | type | default | flag | environment | what | rule |
|---|---|---|---|---|---|---|
`

const referenceEnd = `
The mapping rules are in the file that ` + "`mapping_file`" + ` names, or below ` + "`mapping:`" + ` in the configuration file. ` + "`flexscim config mapping`" + ` prints an
example.

| key | what |
|---|---|
| ` + "`mapping.roles`" + ` | rules for roles: ` + "`when`" + ` is a CEL expression over the SCIM user, ` + "`set`" + ` the roles; the first rule that matches wins. The last may be ` + "`default`" + ` with roles, or with ` + "`reject`" + ` |
| ` + "`mapping.ceiling`" + ` | all roles that rules and the IdP may assign; /Roles lists them |
| ` + "`mapping.attributes`" + ` | keys of the Worker's attributes, each with a CEL expression over the SCIM user |
| ` + "`mapping.entitlements`" + ` | the entitlements at /Entitlements, for Okta Identity Governance: ` + "`value`, `display`, `description`, `type`" + `; at least one rule must read ` + "`user.entitlements`" + ` |
`

// Reference returns the text of docs/reference/config.md.
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
