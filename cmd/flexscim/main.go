// Command flexscim is a SCIM 2.0 server between an identity provider and Twilio
// Flex.
//
// Each subcommand has its own file. The code in this file only parses flags, calls
// internal/admin and prints the result. The files app.go and site.go connect the
// packages.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/flexscim/flexscim/internal/admin"
)

// version is the program's version; the linker sets it when a release is built.
var version = "dev"

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2 // wrong usage or configuration
)

// usageError wraps err to show that it is a mistake in the command line or the
// configuration.
func usageError(err error) error { return &admin.Error{Kind: admin.Usage, Err: err} }

func usage(format string, args ...any) error { return usageError(fmt.Errorf(format, args...)) }

func isUsage(err error) bool { return admin.KindOf(err) == admin.Usage || isUnknownCommand(err) }

// errReported is the error of a command that has already printed its failure. The
// program then ends with exitFailed and prints nothing more.
var errReported = errors.New("already reported")

func reportedUnless(ok bool) error {
	if ok {
		return nil
	}
	return errReported
}

func main() {
	setMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes a command line. The function main and tests call it. It returns the
// exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	if !errors.Is(err, errReported) {
		printError(stderr, err)
	}
	if isUsage(err) {
		return exitUsage
	}
	return exitFailed
}
