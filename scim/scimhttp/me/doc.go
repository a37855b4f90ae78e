// Package me is what a token may do that stands for one person: read that
// person, at /Me (RFC 7644 §3.11), and discovery. scimhttp asks it before it
// looks for anything, so that nobody else is in reach of such a token.
package me
