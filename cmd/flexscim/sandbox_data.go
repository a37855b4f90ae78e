package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/secret"
)

// directory creates the data directory. The returned function deletes the directory,
// unless the user chose it.
func (o *sandbox) directory() (remove func(), err error) {
	if o.data == "" {
		o.data, err = os.MkdirTemp("", "flexscim-sandbox-")
		return func() { _ = os.RemoveAll(o.data) }, err
	}
	if o.data, err = filepath.Abs(o.data); err == nil {
		err = os.MkdirAll(o.data, 0o700)
	}
	return func() {}, err
}

// configure returns the configuration with the settings that differ in a sandbox.
func (o *sandbox) configure(cfg config.Config) (config.Config, error) {
	name, _, err := cfg.Mapping()
	if err == nil && name == "" {
		cfg.MappingFile, err = o.exampleRules()
	}
	if err != nil {
		return cfg, usageError(err)
	}
	if !o.ownDatabase {
		cfg.Database.URL = "sqlite:" + filepath.Join(o.data, "flexscim.db")
	}
	cfg.Flex.BaseURL = o.flexURL
	if cfg.IsDefault("flex.adopt_exact") {
		cfg.Flex.AdoptExact = true
	}
	if cfg.IsDefault("limits.rate") {
		cfg.Limits.Rate = 0 // no rate limit, because only trials and benchmarks use the sandbox
	}
	cfg.Twilio = config.Twilio{AccountSID: sandboxAccount, AuthToken: secret.New("simulated")}
	if o.quiet {
		cfg.Log = config.Log{Level: "warn", Format: "console"}
	}
	return cfg, nil
}

// exampleRules writes the example of mapping rules to a file in the data directory,
// where the user can edit it. It does not overwrite an existing file.
func (o *sandbox) exampleRules() (path string, err error) {
	path = filepath.Join(o.data, "mapping.yaml")
	if _, err = os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		err = os.WriteFile(path, exampleMapping, 0o600)
	}
	return path, err
}

// writeSettings writes a configuration file with which other commands use this
// sandbox's database and simulated Flex.
func (o *sandbox) writeSettings(cfg config.Config) error {
	text, err := yaml.Marshal(map[string]any{
		"database":     map[string]any{"url": cfg.Database.URL},
		"flex":         map[string]any{"base_url": cfg.Flex.BaseURL, "adopt_exact": cfg.Flex.AdoptExact, "backend": cfg.Flex.Backend},
		"leavers":      map[string]any{"drain": cfg.Leavers.Drain.String()},
		"mapping_file": cfg.MappingFile,
		"twilio":       map[string]any{"account_sid": cfg.Twilio.AccountSID, "auth_token": cfg.Twilio.AuthToken.Reveal()},
	})
	if err != nil {
		return err
	}
	return writePrivate(o.settings(), string(text))
}

func (o *sandbox) settings() string { return filepath.Join(o.data, "flexscim.yaml") }

const sandboxConnection = "sandbox"

// token returns the IdP's token. The token is the value of --fixed-token if it is
// given. Otherwise it is the token that an earlier sandbox stored in the data
// directory, or a new token if there is none.
func (o *sandbox) token(ctx context.Context, s *site) (string, error) {
	c, err := s.connections.Ensure(ctx, sandboxConnection, "other")
	if err != nil {
		return "", err
	}
	kept := filepath.Join(o.data, "token")
	text := o.fixedToken
	if text == "" {
		if b, err := os.ReadFile(kept); err == nil {
			text = string(b)
			if err := os.Chmod(kept, privateMode); err != nil {
				return "", err
			}
		}
	}
	if text != "" {
		if err := s.auth.EnsureToken(ctx, c, secret.New(text), "flexscim"); err != nil {
			return "", err
		}
	} else {
		fresh, _, err := s.auth.Create(ctx, auth.Request{Connection: sandboxConnection, Replace: true, Actor: "cli"})
		if err != nil {
			return "", err
		}
		text = fresh.Reveal()
		if err := writePrivate(kept, text); err != nil {
			return "", err
		}
	}
	if o.tokenFile == "" {
		return text, nil
	}
	return text, writePrivate(o.tokenFile, text)
}

const privateMode = 0o600

// writePrivate writes a file that only its owner can read. If other users can read
// an existing file of this name, writePrivate takes this permission away before it
// writes the text.
func writePrivate(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, privateMode)
	if err != nil {
		return err
	}
	if err = f.Chmod(privateMode); err == nil {
		_, err = f.WriteString(text)
	}
	return errors.Join(err, f.Close())
}
