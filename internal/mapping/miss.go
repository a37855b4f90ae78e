package mapping

import (
	"slices"
	"strings"
	"unicode"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"

	"github.com/flexscim/flexscim/scim"
)

// Missed returns a string in the rules that differs from the displayName of a group
// only in letter case, blanks or invisible characters. So the rule with this string
// does not apply to the members of the group, although its author probably meant
// them. If the rules contain no such string, or contain the displayName itself, Missed
// returns "".
func (r *Rules) Missed(displayName string) string {
	texts := r.texts[resembling(displayName)]
	if len(texts) == 0 || slices.Contains(texts, displayName) {
		return ""
	}
	return texts[0]
}

// addTexts adds texts to r.texts. The texts come from an expression that reads
// user.groups.
func (r *Rules) addTexts(texts []string) {
	for _, text := range texts {
		key := resembling(text)
		if key == "" || slices.Contains(r.texts[key], text) {
			continue
		}
		if r.texts == nil {
			r.texts = map[string][]string{}
		}
		r.texts[key] = append(r.texts[key], text)
	}
}

// resembling returns the name case-folded, without blanks and invisible characters.
// So it returns the same text for all names that look the same.
func resembling(name string) string {
	return scim.Fold(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, name))
}

// textsOf returns the string literals of an expression if the expression reads a
// field `groups`.
func textsOf(expression *cel.Ast) []string {
	var texts []string
	reads := false
	ast.PreOrderVisit(ast.NavigateAST(expression.NativeRep()), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.SelectKind:
			reads = reads || e.AsSelect().FieldName() == "groups"
		case ast.LiteralKind:
			if text, ok := e.AsLiteral().Value().(string); ok {
				texts = append(texts, text)
			}
		default: // others have neither
		}
	}))
	if !reads {
		return nil
	}
	return texts
}
