package scim

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// Domains is a set of domains of userNames: their case-folded names, sorted and
// separated by blanks. "" is the empty set.
type Domains string

// validDomain matches a case-folded domain. Unlike DNS, it allows letters of every
// script, because some IdPs send an internationalised name in its own script, and
// others send it in ASCII.
var validDomain = regexp.MustCompile(`^[\pL\pN\pM]([\pL\pN\pM_-]*[\pL\pN\pM])?(\.[\pL\pN\pM]([\pL\pN\pM_-]*[\pL\pN\pM])?)*$`)

// ParseDomains parses domains that are separated by commas or blanks. An error
// completes the sentence "must be …".
func ParseDomains(text string) (Domains, error) {
	names := strings.FieldsFunc(Fold(text), func(r rune) bool { return r == ',' || r == ' ' })
	for _, name := range names {
		if len(name) > maxDomain || !validDomain.MatchString(name) {
			return "", errors.New("domains such as example.com, separated by commas")
		}
	}
	slices.Sort(names)
	return Domains(strings.Join(slices.Compact(names), " ")), nil
}

// maxDomain is the maximum length of a domain, in bytes (RFC 1035 §2.3.4).
const maxDomain = 253

// Names returns the domains of the set.
func (d Domains) Names() []string { return strings.Fields(string(d)) }

// Has reports whether the set contains the domain of a userName.
func (d Domains) Has(userName string) bool {
	domain := DomainOf(userName)
	return domain != "" && slices.Contains(d.Names(), domain)
}

// DomainOf returns the case-folded domain of a userName: the text after its last @,
// or "" if it has no @.
func DomainOf(userName string) string {
	at := strings.LastIndexByte(userName, '@')
	if at < 0 {
		return ""
	}
	return Fold(userName[at+1:])
}
