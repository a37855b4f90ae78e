package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/flexscim/flexscim/flex/flexsim"
	"github.com/flexscim/flexscim/internal/terminal"
	"github.com/flexscim/flexscim/internal/web"
)

const defaultFlexListen = "127.0.0.1:8081"

func simulatorCommand() *cobra.Command {
	var address string
	c := &cobra.Command{
		Use:   "simulator",
		Short: "Run only the simulated Flex",
		Long: `simulator serves Twilio's paths (TaskRouter, Flex) on one host, accepts any Basic credentials, and keeps its state in memory.
The control API at /_sim/… simulates logins, live Tasks and faults; see docs/reference/simulator.md.`,
		Example: `  flexscim simulator --listen 127.0.0.1:8081 &
  flexscim sandbox --flex-url http://127.0.0.1:8081
  curl -d '{"kind":"503","times":10}' http://127.0.0.1:8081/_sim/faults`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			l, err := listen(c.Context(), address)
			if err != nil {
				return err
			}
			sim, err := flexsim.New(flexsim.Config{Seed: uint64(time.Now().UnixNano())})
			if err != nil {
				return err
			}
			_ = terminal.Printf(c.OutOrStdout(), "simulated Flex at http://%s, workspace %s\n", l.Addr(), sim.WorkspaceSID())
			return serveSimulator(c.Context(), sim, l)
		},
	}
	c.Flags().StringVar(&address, "listen", defaultFlexListen, "host:port to listen on")
	return c
}

func serveSimulator(ctx context.Context, sim http.Handler, l net.Listener) error {
	server, err := web.NewServer(web.ServerConfig{Handler: sim, Grace: time.Second, RequestTime: time.Minute, Log: zap.NewNop()})
	if err != nil {
		return err
	}
	return server.Serve(ctx, l)
}
