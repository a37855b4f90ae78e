package config_test

import (
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/mapping"
)

// TestExampleFile checks that serve accepts docs/deploy/flexscim.example.yaml, together
// with the variables that the comment in this file names.
func TestExampleFile(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(nil, []string{
		"FLEXSCIM_CONFIG=../../docs/deploy/flexscim.example.yaml", "TWILIO_ACCOUNT_SID=AC0123456789abcdef0123456789abcdef",
		"TWILIO_API_KEY=SK0123456789abcdef0123456789abcdef", "TWILIO_API_SECRET=secret",
	})
	if err != nil {
		t.Fatal(err)
	}
	// The certificate of the example does not exist on this machine. Nothing else is wrong.
	if err := cfg.ValidateServe(); err == nil || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "tls.cert ") {
		t.Errorf("got %v, want only an error about tls.cert", err)
	}
	name, text, err := cfg.Mapping()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mapping.Parse(name, text); err != nil {
		t.Error(err)
	}
}
