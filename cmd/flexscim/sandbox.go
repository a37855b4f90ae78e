package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/flex/flexhttp"
	"github.com/flexscim/flexscim/flex/flexsim"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/terminal"
)

func sandboxCommand() *cobra.Command {
	o := sandbox{}
	c := &cobra.Command{
		Use:   "sandbox",
		Short: "Try flexscim with a simulated Flex; needs no account and no configuration",
		Long: `sandbox runs flexscim like serve, but with an embedded database and a simulated Twilio Flex that it starts itself. It prints the address,
a token and a curl command to try. Without --data, it deletes everything at the end.

It uses the mapping rules that 'flexscim config mapping' prints: members of the group "Flex Supervisors" become supervisors, all others agents.
With --data, you can edit the rules in DIRECTORY/mapping.yaml; --mapping-file names another file.

Unlike serve, it adopts Workers whose name is exactly the userName, logs only warnings, and limits the request rate only with --limits-rate.
Its connection is named sandbox: 'flexscim token create --connection sandbox --person USER --config …/flexscim.yaml' creates a token that reads /Me.`,
		Example: `  flexscim sandbox
  flexscim sandbox --data ./sandbox            # keeps its database and token for the next start
  flexscim sandbox --leavers-drain 10s         # a leaver's live calls are ended after ten seconds
  flexscim sandbox --json | jq .token`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := readConfig(c)
			if err != nil {
				return err
			}
			o.out = c.OutOrStdout()
			o.ownDatabase = c.Flags().Changed("database-url") || os.Getenv("FLEXSCIM_DATABASE_URL") != ""
			o.quiet = !c.Flags().Changed("log-level") && os.Getenv("FLEXSCIM_LOG_LEVEL") == ""
			return o.run(c.Context(), cfg)
		},
	}
	config.Register(c.Flags(), "listen", "database", "connection.group_put", "connection.pagination", "connection.allowed_domains", "public_service", "flex.adopt", "flex.backend", "flex.concurrency", "flex.rate", "flex.timeout", "leavers", "sweep", "mapping", "limits", "log", "otlp", "shutdown")
	c.Flags().StringVar(&o.flexListen, "flex-listen", defaultFlexListen, "host:port of the simulated Flex")
	c.Flags().StringVar(&o.flexURL, "flex-url", "", "use the simulated Flex that already runs at this address")
	c.Flags().StringVar(&o.data, "data", "", "directory in which to keep the database and the token")
	c.Flags().StringVar(&o.tokenFile, "token-file", "", "also write the token to this file")
	c.Flags().StringVar(&o.fixedToken, "fixed-token", "", "use this token instead of a new one")
	c.Flags().BoolVar(&o.entitlements, "entitlements", false, "let the IdP read the roles at /Roles, as Okta Identity Governance does")
	c.Flags().BoolVar(&o.json, "json", false, "print one JSON object on the first line, and nothing else")
	return c
}

type sandbox struct {
	flexListen, flexURL         string
	data, tokenFile, fixedToken string
	json, ownDatabase, quiet    bool
	entitlements                bool
	out                         io.Writer
}

// sandboxAccount is the SID of the Twilio account that the sandbox uses. The
// simulated Flex accepts any SID.
const sandboxAccount = "AC00000000000000000000000000000000"

func (o *sandbox) run(ctx context.Context, cfg config.Config) error {
	remove, err := o.directory()
	if err != nil {
		return usageError(err)
	}
	defer remove()
	flexDone := make(chan error, 1)
	flexCtx, stopFlex := context.WithCancel(context.WithoutCancel(ctx))
	defer func() { stopFlex(); <-flexDone }()
	if o.flexURL != "" {
		flexDone <- nil
	} else if err := o.startFlex(flexCtx, flexDone); err != nil {
		flexDone <- nil
		return err
	}
	if cfg, err = o.configure(cfg); err != nil {
		return err
	}
	if err := o.writeSettings(cfg); err != nil {
		return err
	}
	return o.serve(ctx, cfg)
}

func (o *sandbox) startFlex(ctx context.Context, done chan<- error) error {
	l, err := listen(ctx, o.flexListen)
	if err != nil {
		return err
	}
	sim, err := flexsim.New(flexsim.Config{Seed: uint64(time.Now().UnixNano())})
	if err != nil {
		return err
	}
	o.flexURL = "http://" + l.Addr().String()
	go func() { done <- serveSimulator(ctx, sim, l) }()
	return nil
}

// serve runs the sandbox's site. When the site listens, serve prints how to use it.
func (o *sandbox) serve(ctx context.Context, cfg config.Config) error {
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
	token, err := o.token(ctx, s)
	if err != nil {
		return err
	}
	values := cfg.ConnectionValues()
	values["entitlements"] = strconv.FormatBool(o.entitlements)
	delete(values, "kind")
	if _, err := s.connections.Change(ctx, sandboxConnection, values, "cli"); err != nil {
		return err
	}
	l, err := listen(ctx, cfg.Listen)
	if err != nil {
		return err
	}
	workspace, err := o.workspace(ctx, a.client)
	if err != nil {
		return err
	}
	var printed error
	err = s.run(ctx, l, func() { printed = o.print(l.Addr(), token, workspace) })
	return inUse(errors.Join(err, printed))
}

// workspace returns the SID of the simulated workspace. If the simulated Flex of
// --flex-url does not respond, workspace returns "", so that the sandbox starts
// anyway. The command serve also starts while Twilio is down.
func (o *sandbox) workspace(ctx context.Context, client *flexhttp.Client) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	w, err := client.Discover(ctx)
	if err != nil {
		return "", nil
	}
	return string(w.SID), nil
}

// print prints how to use the sandbox.
func (o *sandbox) print(address net.Addr, token, workspace string) error {
	scim := "http://" + address.String() + "/scim/v2"
	if o.json {
		return terminal.JSON(o.out, map[string]string{
			"scim_url": scim, "token": token, "flex_url": o.flexURL, "workspace_sid": workspace, "console_url": ""})
	}
	return terminal.Printf(o.out, `flexscim sandbox: SCIM in, simulated Flex out

  SCIM       %[1]s
  token      %[2]s
  Flex       %[3]s  (simulated; any Basic credentials)
  workspace  %[4]s

Push somebody as your identity provider would, then look at the new Worker:

  curl -H 'Authorization: Bearer %[2]s' -H 'Content-Type: application/scim+json' \
    -d '{"userName":"ann@example.com","displayName":"Ann Example"}' %[1]s/Users

  curl -u any:thing '%[3]s/v1/Workspaces/%[4]s/Workers?FriendlyName=ann@example.com'

Members of a group "Flex Supervisors" become supervisors. {"active": false} or DELETE removes the Worker.
In a second terminal, '%[6]s plan --all --config %[5]s' prints what flexscim would do next, and why.
Ctrl-C ends the sandbox.
`, scim, token, o.flexURL, workspace, o.settings(), self())
}

// self returns the command with which the user started this program.
func self() string {
	path, err := os.Executable()
	if err == nil && strings.Contains(path, "go-build") {
		return "go run ./cmd/flexscim"
	}
	return "flexscim"
}
