package auth_test

import (
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// BenchmarkAuthenticate measures the authentication of an IdP's token, with and
// without the cache, in 16 goroutines on two cores.
func BenchmarkAuthenticate(b *testing.B) {
	for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
		s := storetest.OpenConfig(b, store.Config{URL: storetest.URL(b, engine)})
		a := auth.New(auth.Config{Store: s})
		b.Cleanup(a.Close)
		if err := ensure(b.Context(), a, s, "okta", "", secret.String{}); err != nil {
			b.Fatal(err)
		}
		text, _, err := a.Create(b.Context(), auth.Request{Connection: "okta", Lifetime: time.Hour, Actor: "cli"})
		if err != nil {
			b.Fatal(err)
		}
		header := "Bearer " + text.Reveal()
		for _, c := range []struct {
			name   string
			before func()
		}{{"cached", func() {}}, {"not-cached", a.Forget}} {
			b.Run(string(engine)+"/"+c.name, func(b *testing.B) {
				b.SetParallelism(8)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						c.before()
						if _, err := a.Authenticate(b.Context(), header); err != nil {
							b.Error(err)
						}
					}
				})
			})
		}
	}
}
