package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/queue"
)

func serveCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run flexscim: SCIM in, Twilio Flex out",
		Long: `serve answers SCIM at /scim/v2, keeps Flex in line, and runs until SIGTERM or SIGINT; then it lets what runs come to its end.
It brings the database up to date by itself. It refuses to start without a token, without Twilio's credentials, and in the clear beyond
this machine: each with one line that says how to mend it. 'flexscim doctor' checks all of it beforehand.`,
		Example: `  flexscim serve --config flexscim.yaml
  TWILIO_ACCOUNT_SID=AC… TWILIO_API_KEY=SK… TWILIO_API_SECRET=… flexscim serve --tls-cert cert.pem --tls-key key.pem --listen :8443
  flexscim serve --behind-proxy --listen 0.0.0.0:8080 --database-url postgres://…`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := readConfig(c)
			if err != nil {
				return err
			}
			if err := cfg.ValidateServe(); err != nil {
				return &usageError{err}
			}
			return serve(c.Context(), cfg)
		},
	}
	config.Register(c.Flags())
	return c
}

// serve runs a site from its configuration.
func serve(ctx context.Context, cfg config.Config) error {
	log, err := newLog(cfg.Log)
	if err != nil {
		return err
	}
	a, err := openApp(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer a.close()
	s, err := newSite(a)
	if err != nil {
		return err
	}
	if err := s.admit(ctx); err != nil {
		return err
	}
	l, err := listen(ctx, cfg.Listen)
	if err != nil {
		return err
	}
	return inUse(s.run(ctx, l, func() {
		log.Info("flexscim serves", logfield.Version(version), logfield.Address(l.Addr().String()), zap.String("engine", string(a.store.Engine())))
	}))
}

// admit makes the configured connection, and refuses to go on where no token
// would let anybody in.
func (s *site) admit(ctx context.Context) error {
	c := s.cfg.Connection
	if c.Name != "" && !c.Token.IsEmpty() {
		if _, err := s.auth.EnsureConnection(ctx, c.Name, c.Kind, c.Token); err != nil {
			return err
		}
	}
	if c.Name != "" && !s.cfg.IsDefault("connection.entitlements") {
		if err := s.auth.SetEntitlements(ctx, c.Name, c.Entitlements, "flexscim"); err != nil {
			return err
		}
	}
	live, err := s.auth.HasLive(ctx)
	if err == nil && !live {
		return &usageError{errors.New("no token exists, so no IdP could push: make one with `flexscim token create --connection okta`, " +
			"or set FLEXSCIM_CONNECTION_NAME and FLEXSCIM_CONNECTION_TOKEN")}
	}
	return err
}

// listen opens an address, and says what to do where it is taken.
func listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &usageError{fmt.Errorf("%w: does flexscim run already? --listen 127.0.0.1:0 takes any free port", err)}
	}
	return l, nil
}

// inUse says what to do where another process works on the database file.
func inUse(err error) error {
	if errors.Is(err, queue.ErrInUse) {
		return fmt.Errorf("%w: stop it, or give each its own database (--database-url); several processes on one need PostgreSQL", err)
	}
	return err
}
