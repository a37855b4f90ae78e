// Package config loads and validates the settings. One table (settings.go) has
// them all: flags, environment variables, file keys, defaults, rules and
// docs/reference/config.md follow from it.
//
// A flag takes precedence over the environment, the environment over the YAML
// file, and the file over the default. A secret is never a flag, because the
// process list shows flags: it comes from the environment, from a file that
// …_FILE names, or from the configuration file.
//
// Load reports all problems together. Each names the key, the source of the
// value, the value (unless it is secret), the rule and the fix.
//
// Connections and mapping rules are data, not settings. This package knows only
// the first connection and where the rules are.
package config
