// Package config is every setting of flexscim: one table (settings.go) gives
// the flags, the environment's names, the file's keys, their defaults and
// rules, and docs/reference/config.md. It is line 1.
//
// A flag beats the environment, the environment beats the YAML file, the file
// beats the default. A secret is never a flag, because the list of processes
// shows flags: it comes from the environment, from a file that …_FILE names,
// or from the configuration file.
//
// All problems are reported at once; each names the key, where its value came
// from, the value (never a secret's), the rule, and the fix.
//
// Connections and mapping rules are data, not settings: of them this package
// knows only the first connection and where the rules are written.
package config
