// Package repotest holds no code: its tests keep the rules of the repository,
// who may import whom, how large things may grow, which files the documents
// name.
package repotest
