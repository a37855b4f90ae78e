// Package config loads and validates the settings. One table (settings.go) lists
// them. The table defines their flags, environment variables, file keys, defaults
// and rules, and docs/reference/config.md is generated from it.
//
// A flag takes precedence over the environment, the environment over the YAML file,
// and the file over the default. A secret has no flag, because the process list
// shows flags. It comes from the environment, from a file whose path is in the
// variable …_FILE, or from the configuration file.
//
// Load reports all problems together. Each problem names the key, the source of
// the value, the value (unless it is secret), the rule and the fix.
//
// Connections and mapping rules are data, not settings. This package has only
// settings for the first connection and for the location of the rules.
package config
