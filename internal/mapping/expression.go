package mapping

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
)

// The limits of one expression. Without them, the expression of one rule could
// block the queue. No sensible rule reaches them.
const (
	maxExpression = 4096      // characters
	maxCost       = 1_000_000 // in CEL's cost units; a unit is about one simple step
)

// errMissing is the error of an expression that reads a missing attribute.
var errMissing = errors.New("missing attribute")

// expression is a compiled CEL expression.
type expression struct {
	program cel.Program
	texts   []string // see textsOf
}

// newEnv returns the CEL environment with the variables and functions that
// expressions can use.
func newEnv() (*cel.Env, error) {
	return cel.NewEnv(
		cel.Variable("user", cel.MapType(cel.StringType, cel.DynType)),
		ext.Strings(),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ASTValidators(cel.ValidateRegexLiterals(), cel.ValidateDurationLiterals(), cel.ValidateTimestampLiterals()),
	)
}

// compile parses the text of an expression. The function ok checks the type of the
// expression's result. An error names the line and column of the mistake, counted
// from 1.
func compile(env *cel.Env, text string, ok func(*cel.Type) error) (*expression, error) {
	if len(text) > maxExpression {
		return nil, fmt.Errorf("the expression has %d characters, the limit is %d", len(text), maxExpression)
	}
	ast, issues := env.Compile(text)
	if issues.Err() != nil {
		return nil, celErrors(issues)
	}
	if err := ok(ast.OutputType()); err != nil {
		return nil, err
	}
	program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost))
	if err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	return &expression{program, textsOf(ast)}, nil
}

// celErrors converts CEL's issues to errors without the source excerpts that CEL
// adds.
func celErrors(issues *cel.Issues) error {
	var errs []error
	for _, e := range issues.Errors() {
		errs = append(errs, fmt.Errorf("at %d:%d of the expression: %s",
			e.Location.Line(), e.Location.Column()+1, e.Message))
	}
	return errors.Join(errs...)
}

// isCondition returns an error if the type is known and is not bool.
func isCondition(t *cel.Type) error {
	if t.Kind() == cel.BoolKind || t.Kind() == cel.DynKind {
		return nil
	}
	return fmt.Errorf("the expression is a %s, a condition must be a bool", t)
}

// isValue returns an error if a Worker's attribute cannot have the type.
func isValue(t *cel.Type) error {
	switch t.Kind() {
	case cel.StringKind, cel.BoolKind, cel.IntKind, cel.DoubleKind, cel.ListKind, cel.DynKind, cel.NullTypeKind:
		return nil
	default:
		return fmt.Errorf("the expression is a %s, an attribute must be a string, number, bool or list", t)
	}
}

// matches evaluates a condition. It returns false if an attribute is missing.
func (e *expression) matches(user map[string]any) (bool, error) {
	v, err := e.eval(user)
	if errors.Is(err, errMissing) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	b, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("the value is a %T, not a bool", v)
	}
	return b, nil
}

// eval evaluates the expression. The result is a string, bool, int64 or float64, or
// an []any with values of these types. It returns errMissing if an attribute is
// missing.
func (e *expression) eval(user map[string]any) (any, error) {
	out, _, err := e.program.Eval(map[string]any{"user": user})
	if err != nil {
		return nil, evalError(err)
	}
	switch v := out.Value().(type) {
	case string, bool, int64, float64:
		return v, nil
	}
	if out.Type() == cel.NullType {
		return nil, errMissing
	}
	list, err := out.ConvertToNative(reflect.TypeFor[[]any]())
	if err != nil {
		return nil, fmt.Errorf("the value is a %s, not a string, number, bool or list", out.Type().TypeName())
	}
	return plainList(list.([]any))
}

// plainList returns the list's values as Go values. It returns an error if a value
// is not a string, bool or number.
func plainList(list []any) (any, error) {
	plain := make([]any, 0, len(list))
	for _, item := range list {
		if v, ok := item.(interface{ Value() any }); ok {
			item = v.Value()
		}
		switch item.(type) {
		case string, bool, int64, float64:
			plain = append(plain, item)
		default:
			return nil, fmt.Errorf("the list holds a %T, not plain values", item)
		}
	}
	return plain, nil
}

// evalError returns errMissing for a missing attribute. CEL has no error type for a
// missing attribute, so evalError compares the error's text, and a test checks that
// CEL still uses this text. CEL's error texts quote keys but never values of
// attributes.
func evalError(err error) error {
	text := err.Error()
	if strings.Contains(text, "no such key") || strings.Contains(text, "index out of bounds") {
		return errMissing
	}
	return err
}
