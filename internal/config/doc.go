// Package config loads and validates the settings. The table in settings.go lists
// all settings with their flags, environment variables, file keys, defaults and
// rules. docs/reference/config.md is generated from the table.
//
// A flag takes precedence over the environment, the environment over the YAML file,
// and the file over the default. A secret has no flag, because the process list
// shows flags. A secret comes from its environment variable, from the file whose
// path is in the variable with the suffix _FILE, or from the configuration file.
//
// If settings are wrong, Load reports all problems together. Each problem names the
// key, the source of the value, the value (unless it is secret), the rule and the
// fix.
//
// Connections and mapping rules are data, not settings. This package has only
// settings for the first connection and for the location of the rules.
package config
