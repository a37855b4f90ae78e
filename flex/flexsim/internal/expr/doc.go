// Package expr reads and evaluates TaskRouter's expressions, as a TaskQueue's
// target_workers and a list's TargetWorkersExpression use them.
//
// Source: https://www.twilio.com/docs/taskrouter/expression-syntax
//
//	expr := and { OR and }     and := prim { AND prim }
//	prim := "(" expr ")" | operand cmp operand
//	cmp  := == != < <= > >= CONTAINS HAS IN "NOT IN"
//
// What that page leaves open is decided here: AND binds before OR; keywords
// are read in any case; text is compared exactly; a key that is missing makes
// != and NOT IN true and everything else false.
package expr
