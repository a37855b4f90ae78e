// Command flexscim is a SCIM 2.0 server between an identity provider and Twilio
// Flex.
//
// Each subcommand has a file, which only parses flags, calls internal/admin and
// prints. app.go and site.go connect the packages.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/flexscim/flexscim/internal/admin"
)

// version is set by the linker in a release.
var version = "dev"

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2 // wrong usage or configuration
)

// usageError marks err as a mistake in the command line or the configuration.
func usageError(err error) error { return &admin.Error{Kind: admin.Usage, Err: err} }

func usage(format string, args ...any) error { return usageError(fmt.Errorf(format, args...)) }

func isUsage(err error) bool { return admin.KindOf(err) == admin.Usage || isUnknownCommand(err) }

// errReported ends the program with exitFailed, without another message, because the
// failure has already been printed.
var errReported = errors.New("already reported")

func reportedUnless(ok bool) error {
	if ok {
		return nil
	}
	return errReported
}

// The live heap is small and most garbage comes from requests, so using more
// memory for fewer collections is worthwhile. GOGC and GOMEMLIMIT in the
// environment take precedence.
const (
	gcPercent   = 300
	memoryLimit = 256 << 20 // soft, in bytes
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes the command line, for main and for tests. It returns the exit code.
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
