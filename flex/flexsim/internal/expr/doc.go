// Package expr parses and evaluates TaskRouter's expressions, which a TaskQueue's
// target_workers and a list's TargetWorkersExpression use.
//
// Source: https://www.twilio.com/docs/taskrouter/expression-syntax
//
//	expr := and { OR and }     and := prim { AND prim }
//	prim := "(" expr ")" | operand cmp operand
//	cmp  := == != < <= > >= CONTAINS HAS IN "NOT IN"
//
// That page does not say the following; here, AND binds before OR, keywords
// ignore case, text is compared exactly, and a missing key makes != and NOT IN
// true and everything else false.
package expr
