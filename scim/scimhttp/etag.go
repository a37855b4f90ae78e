package scimhttp

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// preconditions are the values of the headers If-Match and If-None-Match. Each
// value is a list of entity tags that is not yet parsed.
type preconditions struct {
	ifMatch     []string
	ifNoneMatch []string
	bulk        bool // ifMatch is the attribute version of an operation in a bulk request
}

// conditions are parsed preconditions.
type conditions struct {
	match     scim.Condition
	noneMatch []string // entity tags
}

// read parses the entity tags. ETags of flexscim are weak and contain the version
// number. The number also matches if the client sends it back in a strong tag
// (docs/reference/identity-providers.md, row 48). Versions start at 1. A tag that
// does not contain a number becomes version 0, which matches no resource. If a
// value is not an entity tag, such as a number without quotes, the method returns
// an error. If it ignored the value, the write could overwrite a change that the
// client has not seen.
func (p preconditions) read() (c conditions, err error) {
	match, ok := entityTags(p.ifMatch)
	switch {
	case !ok && p.bulk:
		return c, refusal.ETagMalformed.New("version")
	case !ok:
		return c, refusal.ETagMalformed.New("If-Match")
	}
	if c.noneMatch, ok = entityTags(p.ifNoneMatch); !ok {
		return c, refusal.ETagMalformed.New("If-None-Match")
	}
	for _, tag := range match {
		if tag == "*" {
			c.match.Versions = nil
			break
		}
		c.match.Versions = append(c.match.Versions, version(tag))
	}
	return c, nil
}

// excludes reports whether If-None-Match contains the version or "*".
func (c conditions) excludes(current int64) bool {
	return slices.ContainsFunc(c.noneMatch, func(tag string) bool { return tag == "*" || version(tag) == current })
}

// condition returns the versions in which a write may change the resource. It
// checks If-None-Match itself, before the transaction of the write. This is enough
// because no IdP is known to send If-None-Match with a write.
func (op operation) condition(ctx context.Context) (scim.Condition, error) {
	c, err := op.match.read()
	if err != nil || len(c.noneMatch) == 0 {
		return c.match, err
	}
	found, err := op.kind.get(ctx, op.id, false)
	if err != nil {
		return scim.Condition{}, err
	}
	if c.excludes(found.meta.Version) {
		return scim.Condition{}, refusal.VersionExists.New()
	}
	return c.match, nil
}

// entityTags splits header lines into entity tags (RFC 9110 §8.8.3). The result ok
// is false if a line contains text that is not an entity tag.
func entityTags(header []string) (all []string, ok bool) {
	for _, line := range header {
		rest := strings.Trim(line, separators)
		if rest == "" {
			return nil, false
		}
		for rest != "" {
			tag, behind, ok := cutTag(rest)
			next := strings.TrimLeft(behind, separators)
			if !ok || next != "" && !strings.Contains(behind[:len(behind)-len(next)], ",") {
				return nil, false
			}
			all = append(all, tag)
			rest = next
		}
	}
	return all, true
}

// separators are the characters that may be between two entity tags in a header.
const separators = " \t,"

// cutTag splits a list of entity tags after its first element, which is an entity
// tag or "*". It returns the tag without its prefix W/.
func cutTag(list string) (tag, rest string, ok bool) {
	if rest, ok := strings.CutPrefix(list, "*"); ok {
		return "*", rest, true
	}
	weak := strings.TrimPrefix(list, "W/")
	opaque, isTag := strings.CutPrefix(weak, `"`)
	text, rest, closed := strings.Cut(opaque, `"`)
	return `"` + text + `"`, rest, isTag && closed
}

// version returns the version number in an entity tag. If the tag does not contain
// a number, version returns 0.
func version(tag string) int64 {
	n, err := strconv.ParseInt(strings.Trim(tag, `"`), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
