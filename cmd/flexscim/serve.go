package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/queue"
)

func serveCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the SCIM server and reconcile Flex",
		Long: `serve runs SCIM at /scim/v2 and keeps Flex in line until it receives SIGTERM or SIGINT. Then it finishes its requests and jobs and stops.
It migrates the database when it starts. When it receives SIGHUP, it reads the mapping rules and log.level again; if they are wrong, it logs
the error and keeps the old ones. It reads a changed certificate without a signal. It does not start without a token, without Twilio's credentials, or without TLS on an address
that other machines reach; the error says what to do. 'flexscim doctor' checks all of this in advance.`,
		Example: `  flexscim serve --config flexscim.yaml
  TWILIO_ACCOUNT_SID=AC… TWILIO_API_KEY=SK… TWILIO_API_SECRET=… flexscim serve --tls-cert cert.pem --tls-key key.pem --listen :8443
  FLEXSCIM_DATABASE_URL_FILE=/run/secrets/database flexscim serve --behind-proxy --listen 0.0.0.0:8080`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := readConfig(c)
			if err != nil {
				return err
			}
			if err := cfg.ValidateServe(); err != nil {
				return usageError(err)
			}
			return serve(c.Context(), cfg, func() (config.Config, error) { return readConfig(c) })
		},
	}
	config.Register(c.Flags())
	return c
}

// serve runs the server. When the process receives SIGHUP, serve calls the function
// read, which returns the new configuration.
func serve(ctx context.Context, cfg config.Config, read func() (config.Config, error)) error {
	level, err := zap.ParseAtomicLevel(cfg.Log.Level)
	if err != nil {
		return usageError(err)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP) // without Notify, a SIGHUP during the start would end the process
	defer signal.Stop(signals)
	log := logTo(os.Stderr, cfg.Log, level)
	a, err := openApp(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer a.close()
	s, err := newSite(a)
	if err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	l, err := listen(ctx, cfg.Listen)
	if err != nil {
		return err
	}
	defer log.Info("flexscim has stopped")
	return inUse(s.run(ctx, l, func() {
		go reloader{s, level, read}.run(ctx, signals)
		log.Info("flexscim serves", logfield.Version(version), logfield.Address(l.Addr().String()), zap.String("engine", string(a.store.Engine())))
	}))
}

// prepare creates the connection and the token that the configuration names, if
// they do not exist. It returns an error if no connection has a valid token.
func (s *site) prepare(ctx context.Context) error {
	a := admin.New(admin.Config{Store: s.store, Auth: s.auth, Connections: s.connections, Actor: "flexscim"})
	return a.Prepare(ctx, s.cfg.Connection, s.cfg.ConnectionValues())
}

// listen listens on an address. If this fails, the error says what to do.
func listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, usage("%w: is flexscim already running? --listen 127.0.0.1:0 takes any free port", err)
	}
	return l, nil
}

// inUse adds advice to the error queue.ErrInUse, which means that another process
// uses the database file. It returns other errors unchanged.
func inUse(err error) error {
	if errors.Is(err, queue.ErrInUse) {
		return fmt.Errorf("%w: stop the other process, or use another database (--database-url); several processes on one database need PostgreSQL", err)
	}
	return err
}
