package config

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// layer has the values of one kind of source: flags, environment or file.
type layer map[string]given // :: key → value

// given holds the text of a value and the name of its source.
type given struct{ text, from string }

func flagLayer(flags *pflag.FlagSet) layer {
	l := layer{}
	for _, s := range settings() {
		if f := flags.Lookup(s.flag()); s.flag() != "" && f != nil && f.Changed {
			l[s.key] = given{f.Value.String(), "--" + f.Name}
		}
	}
	return l
}

func fileLayer(f file) layer {
	l := layer{}
	for key, text := range f.values {
		l[key] = given{text, f.at(f.lines[key])}
	}
	return l
}

// envLayer returns the values of the environment variables that are not empty. An
// unknown name that begins with FLEXSCIM_ and is similar to a known name is a
// problem. Other unknown names are ignored, because Kubernetes sets variables such
// as FLEXSCIM_PORT for a service named flexscim.
func envLayer(env map[string]string) (layer, []Problem) {
	l := layer{}
	var problems []Problem
	known := Environment()
	for _, s := range settings() {
		if s.namesFile() {
			problems = append(problems, l.putFile(s, env)...)
		}
		if text := env[s.env()]; text != "" {
			l[s.key] = given{text, s.env()}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		ours := strings.HasPrefix(name, envPrefix) && !slices.Contains(known, name)
		if near := nearest(strings.TrimPrefix(name, envPrefix), withoutPrefix(known)); ours && near != "" {
			problems = append(problems, Problem{Key: name, From: "environment", Rule: "a setting that exists",
				Fix: "Did you mean " + envPrefix + near + "?"})
		}
	}
	return l, problems
}

// Environment returns the names of all environment variables that flexscim reads.
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

// putFile adds the setting's value from the file whose path is in the setting's
// variable with the suffix _FILE.
func (l layer) putFile(s setting, env map[string]string) []Problem {
	name := s.env() + "_FILE"
	path := env[name]
	if path == "" {
		return nil
	}
	if env[s.env()] != "" {
		return []Problem{{Key: s.key, From: name, Rule: "given once", Fix: "Unset " + s.env() + " or " + name + "."}}
	}
	text, err := readLimited(path)
	if err != nil {
		return []Problem{{Key: s.key, From: name, Rule: "in a readable file", Fix: withoutPath(err)}}
	}
	l[s.key] = given{strings.TrimSpace(string(text)), name}
	return nil
}

// withoutPath returns the error's reason without the path. If an operator put the
// secret itself into the variable with the suffix _FILE, the path is the secret.
func withoutPath(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return err.Error() + "."
}

func withoutPrefix(names []string) []string {
	var out []string
	for _, n := range names {
		if short, ok := strings.CutPrefix(n, envPrefix); ok {
			out = append(out, short)
		}
	}
	return out
}

// environment converts "KEY=value" lines to a map. If a key occurs twice, the last value wins.
func environment(environ []string) map[string]string {
	env := map[string]string{}
	for _, line := range environ {
		if name, text, ok := strings.Cut(line, "="); ok {
			env[name] = text
		}
	}
	return env
}

// configPath returns the path of the configuration file from the flag --config or
// from the environment.
func configPath(flags *pflag.FlagSet, env map[string]string) string {
	if f := flags.Lookup("config"); f != nil && f.Changed {
		return f.Value.String()
	}
	return env[configEnv]
}
