package scimhttp

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// preconditions are the values of a request's conditional headers: lists of entity
// tags, not yet parsed.
type preconditions struct {
	ifMatch     []string
	ifNoneMatch []string
	bulk        bool // ifMatch is the version of an operation in a bulk request
}

// conditions are parsed preconditions.
type conditions struct {
	match     scim.Condition
	noneMatch []string // entity tags
}

// read parses the entity tags. ETags of flexscim are weak and contain the version
// number; the number matches even if the client sends it back in a strong tag
// (docs/reference/identity-providers.md, row 48). Versions start at 1, and a tag of
// any other form counts as version 0, which matches nothing. Anything but an entity
// tag is refused. If a bare number were ignored, the write could overwrite a change
// that the client has not seen.
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

// excludes reports whether If-None-Match names the version.
func (c conditions) excludes(current int64) bool {
	return slices.ContainsFunc(c.noneMatch, func(tag string) bool { return tag == "*" || version(tag) == current })
}

// condition returns the versions that a write may change. It checks If-None-Match
// itself, before the transaction, because no IdP is known to send that header with
// a write.
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

// entityTags splits header lines into entity tags (RFC 9110 §8.8.3). ok is false
// if they contain anything else.
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

// separators are the characters that can be between the elements of a list in a
// header.
const separators = " \t,"

// cutTag splits a list after its first entity tag or "*". It removes the prefix W/
// of the tag.
func cutTag(list string) (tag, rest string, ok bool) {
	if rest, ok := strings.CutPrefix(list, "*"); ok {
		return "*", rest, true
	}
	weak := strings.TrimPrefix(list, "W/")
	opaque, isTag := strings.CutPrefix(weak, `"`)
	text, rest, closed := strings.Cut(opaque, `"`)
	return `"` + text + `"`, rest, isTag && closed
}

// version returns the number in an entity tag, 0 if the tag is not one of ours.
func version(tag string) int64 {
	n, err := strconv.ParseInt(strings.Trim(tag, `"`), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
