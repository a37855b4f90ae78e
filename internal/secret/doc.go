// Package secret provides a type for values that must never be printed.
package secret
