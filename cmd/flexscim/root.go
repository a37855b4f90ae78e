package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/terminal"
)

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "flexscim",
		Short: "SCIM 2.0 between your identity provider and Twilio Flex",
		Long: `flexscim receives the users and groups that an identity provider (Okta, Microsoft Entra ID, any SCIM 2.0 client) pushes. Everyone who should
have a TaskRouter Worker gets one with the right roles. When somebody leaves, flexscim stops routing at once, lets live conversations end,
deletes the Worker, and verifies that it is gone.`,
		Example: `  flexscim sandbox                  # try it: SCIM in, simulated Flex out, no account
  flexscim status                   # one screen: what runs, and what needs a person
  flexscim doctor                   # check this installation; how to fix what is wrong
  flexscim plan --all               # what would change in Flex, and why; changes nothing
  flexscim serve --config flexscim.yaml`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddGroup(&cobra.Group{ID: "run", Title: "Run:"}, &cobra.Group{ID: "look", Title: "Inspect and act:"}, &cobra.Group{ID: "keep", Title: "Set up and maintain:"})
	for id, commands := range map[string][]*cobra.Command{
		"run":  {sandboxCommand(), serveCommand(), simulatorCommand()},
		"look": {statusCommand(), doctorCommand(), peopleCommand(), leaversCommand(), foreignCommand(), planCommand(), syncCommand()},
		"keep": {tokenCommand(), connectionCommand(), auditCommand(), backupCommand(), restoreCommand(), moveCommand(), migrateCommand(), configCommand(), versionCommand()},
	} {
		for _, c := range commands {
			c.GroupID = id
			root.AddCommand(c)
		}
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("%w; see %s --help", err, c.CommandPath())
	})
	builtIn(root)
	usageArgs(root)
	return root
}

// builtIn adds examples to the commands "help" and "completion", which cobra
// provides. It also makes "help" return an error for an unknown command name.
func builtIn(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd("completion")
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Example = "  flexscim help serve"
			c.Args = func(_ *cobra.Command, args []string) error {
				if found, rest, err := root.Find(args); err != nil || found == nil || len(rest) > 0 {
					return fmt.Errorf("no command %q", strings.Join(args, " "))
				}
				return nil
			}
		case "completion":
			c.Example = "  source <(flexscim completion bash)\n  flexscim completion zsh > ~/.zfunc/_flexscim"
			c.RunE = showHelp
			for _, shell := range c.Commands() {
				shell.Example = "  flexscim completion " + shell.Name()
			}
		}
	}
}

// usageArgs changes the command c and its subcommands: for wrong arguments they
// return a usage error.
func usageArgs(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usage("%w; see %s --help", err, c.CommandPath())
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		usageArgs(sub)
	}
}

// oneOrAll returns a check of arguments: without --all there must be exactly one
// argument, and with --all there must be none.
func oneOrAll(all *bool) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > 1 || *all == (len(args) == 1) {
			return errors.New("name one user, or use --all")
		}
		return nil
	}
}

func showHelp(c *cobra.Command, _ []string) error { return c.Help() }

// isUnknownCommand reports whether err is cobra's error for an unknown command.
// This error has no type of its own, so isUnknownCommand compares its text.
func isUnknownCommand(err error) bool { return strings.HasPrefix(err.Error(), "unknown command") }

// readConfig loads the configuration from a command's flags, the environment
// and the configuration file.
func readConfig(c *cobra.Command) (config.Config, error) {
	cfg, err := config.Load(c.Flags(), os.Environ())
	if err != nil {
		return cfg, usageError(err)
	}
	if cfg.ShowsPassword() {
		_ = terminal.Printf(c.ErrOrStderr(), "warning: the process list shows the password in --database-url: set FLEXSCIM_DATABASE_URL or FLEXSCIM_DATABASE_URL_FILE instead\n")
	}
	return cfg, nil
}

// newLog returns a logger that writes to standard error.
func newLog(cfg config.Log) (*zap.Logger, error) {
	level, err := zap.ParseAtomicLevel(cfg.Level)
	if err != nil {
		return nil, usageError(err)
	}
	return logTo(os.Stderr, cfg, level), nil
}

// logTo returns a logger that writes to out. The caller can change the level later.
func logTo(out io.Writer, cfg config.Log, level zap.AtomicLevel) *zap.Logger {
	form := zap.NewProductionEncoderConfig()
	form.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	encoder := zapcore.NewJSONEncoder(form)
	if cfg.Format == "console" {
		form.EncodeLevel = zapcore.CapitalLevelEncoder
		encoder = zapcore.NewConsoleEncoder(form)
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(terminal.Log{Out: out})), level))
}
