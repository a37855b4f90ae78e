package config

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// Register adds the flag --config, and a flag for each setting whose key begins
// with one of the prefixes, or for all settings if there is no prefix. Secrets have
// no flag.
func Register(flags *pflag.FlagSet, prefixes ...string) {
	flags.String("config", "", "configuration file (YAML); also "+configEnv)
	for _, s := range settings() {
		if s.flag() == "" || !hasPrefix(s.key, prefixes) {
			continue
		}
		help := strings.ReplaceAll(s.help, "`", "") // pflag shows a word in back quotes as the flag's type
		f := flags.VarPF(&flagText{text: s.preset, kind: kindOf(s.at(new(Config)))}, s.flag(), "", help)
		if kindOf(s.at(new(Config))) == "bool" {
			f.NoOptDefVal = "true"
		}
	}
}

func hasPrefix(key string, prefixes []string) bool {
	return len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) })
}

// flagText is the value of a flag, as unchecked text. Load checks the text together
// with the other values.
type flagText struct{ text, kind string }

func (f *flagText) String() string { return f.text }

// Type returns the flag's type for --help.
func (f *flagText) Type() string { return f.kind }

// Set accepts any text.
func (f *flagText) Set(text string) error {
	f.text = text
	return nil
}

// Load returns the settings from flags (may be nil), from environ ("KEY=value", as
// from os.Environ) and from the configuration file that a flag or variable names.
// Its error joins all problems, each a *Problem.
func Load(flags *pflag.FlagSet, environ []string) (Config, error) {
	flags = cmp.Or(flags, &pflag.FlagSet{})
	env := environment(environ)
	c := Default()
	var problems []Problem
	if path := configPath(flags, env); path != "" {
		var found []Problem
		c.file, found = readFile(path)
		problems = append(problems, found...)
	}
	fromEnv, found := envLayer(env)
	problems = append(problems, found...)

	merged := koanf.New(".")
	for _, l := range []layer{fileLayer(c.file), fromEnv, flagLayer(flags)} {
		texts := map[string]any{} // :: key → text
		for key, value := range l {
			texts[key], c.from[key] = value.text, value.from
		}
		if err := merged.Load(confmap.Provider(texts, "."), nil); err != nil {
			return c, err
		}
	}
	problems = append(problems, c.fill(merged)...)
	return c, join(append(problems, c.problems()...))
}

// fill sets the fields of c to the texts from all sources. A text that does not fit
// the type of its field is a problem, and the field keeps its default.
func (c *Config) fill(merged *koanf.Koanf) []Problem {
	var problems []Problem
	for _, s := range settings() {
		if !merged.Exists(s.key) {
			continue
		}
		text := merged.String(s.key)
		if err := set(s.at(c), text); err != nil {
			_ = set(s.at(c), s.preset)
			problems = append(problems, Problem{s.key, c.from[s.key], `"` + text + `"`, err.Error(), s.fix()})
		}
	}
	return problems
}

// join returns one error with all problems, or nil.
func join(problems []Problem) error {
	errs := make([]error, len(problems))
	for i := range problems {
		errs[i] = &problems[i]
	}
	return errors.Join(errs...)
}
