// Package secret holds values that must never be printed.
package secret
