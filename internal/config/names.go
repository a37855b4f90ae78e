package config

import (
	"slices"
	"strings"
)

func find(key string) (setting, bool) {
	for _, s := range settings() {
		if s.key == key {
			return s, true
		}
	}
	return setting{}, false
}

// keys returns all keys of a configuration file.
func keys() []string {
	out := []string{"mapping"}
	for _, s := range settings() {
		out = append(out, s.key)
	}
	return out
}

// isSection reports whether key is a section of the configuration file, with
// settings below it.
func isSection(key string) bool {
	return slices.ContainsFunc(settings(), func(s setting) bool { return strings.HasPrefix(s.key, key+".") })
}

func unknown(name, from string, known []string) Problem {
	fix := "See docs/reference/config.md, or flexscim config reference."
	if near := nearest(name, known); near != "" {
		fix = "Did you mean " + near + "?"
	}
	return Problem{Key: name, From: from, Rule: "a setting that exists", Fix: fix}
}

// nearest returns the known name that is most similar to the argument, or "" if
// every known name differs from the argument in more than a third of the argument's
// letters. A known name also counts as similar if it ends in a dot and the
// argument: for "drain", nearest returns leavers.drain.
func nearest(name string, known []string) string {
	best, least := "", len(name)/3+1
	for _, k := range known {
		d := distance(name, k)
		if strings.HasSuffix(k, "."+name) {
			d = 1
		}
		if d < least {
			best, least = k, d
		}
	}
	return best
}

// distance returns the Levenshtein distance of two names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
