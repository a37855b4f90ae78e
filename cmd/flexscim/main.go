// Command flexscim is a SCIM 2.0 server between an identity provider and Twilio
// Flex. One file a subcommand; app.go wires everything together.
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
)

// version is set by the linker on a release.
var version = "dev"

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2 // wrong usage or configuration
)

// usageError is a mistake in the command line or the configuration.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// errReported ends the program with exitFailed; what failed has been printed.
var errReported = errors.New("already reported")

// Memory is traded for speed while there is little of it in use: the live heap
// is small, and the garbage is what requests leave. GOGC and GOMEMLIMIT in the
// environment overrule these.
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

// run is the program, as tests call it.
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
		_, _ = fmt.Fprintf(stderr, "flexscim: %v\n", err)
	}
	if _, wrong := errors.AsType[*usageError](err); wrong || isUnknownCommand(err) {
		return exitUsage
	}
	return exitFailed
}
