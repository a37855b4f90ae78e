// Package terminal prints text whose parts come from an IdP, from Flex or from
// anybody who sends a request. Such a part can contain anything: escape sequences
// for the terminal, newlines, or marks that reverse the direction of the text after
// them.
package terminal
