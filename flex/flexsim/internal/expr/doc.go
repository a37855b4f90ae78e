// Package expr parses and evaluates TaskRouter's expressions, which occur in a
// TaskQueue's target_workers and in the filter TargetWorkersExpression of a list.
//
// Source: https://www.twilio.com/docs/taskrouter/expression-syntax
//
//	expr := and { OR and }     and := prim { AND prim }
//	prim := "(" expr ")" | operand cmp operand
//	cmp  := == != < <= > >= CONTAINS HAS IN "NOT IN"
//
// Twilio's page does not define everything. In this package, `AND` has precedence
// over `OR`, keywords may have any letter case, and text comparisons are
// case-sensitive. If a key is missing, `!=` and `NOT IN` are true, and all other
// operators are false.
package expr
