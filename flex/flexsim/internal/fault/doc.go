// Package fault decides which request meets which failure. It knows nothing of
// HTTP: flexsim carries the failure out.
//
// Given the same seed and the same order of requests it decides the same.
package fault
