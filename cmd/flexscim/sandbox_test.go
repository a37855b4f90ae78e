package main

import (
	"testing"

	"github.com/spf13/pflag"

	"github.com/flexscim/flexscim/internal/config"
)

// TestSandboxRate checks that the command serve limits the request rate by default,
// and that the command sandbox does not.
func TestSandboxRate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		environ        []string
		serve, sandbox int
	}{
		{nil, 100, 0},
		{[]string{"FLEXSCIM_LIMITS_RATE=100"}, 100, 100},
		{[]string{"FLEXSCIM_LIMITS_RATE=0"}, 0, 0},
	} {
		cfg, err := config.Load(pflag.NewFlagSet("sandbox", pflag.ContinueOnError), row.environ)
		if err != nil {
			t.Fatal(err)
		}
		o := sandbox{data: t.TempDir(), flexURL: "http://127.0.0.1:1"}
		own, err := o.configure(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if cfg.Limits.Rate != row.serve || own.Limits.Rate != row.sandbox {
			t.Errorf("%v: got the rates %d for serve and %d for the sandbox, want %d and %d", row.environ, cfg.Limits.Rate, own.Limits.Rate, row.serve, row.sandbox)
		}
	}
}
