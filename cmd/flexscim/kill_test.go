package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store/storetest"
)

// usualKills is the default number of kills. FLEXSCIM_KILLS sets another number: CI
// uses 100, and `make killtest` uses 1,000.
const usualKills = 12

// TestKillSQLite kills flexscim with SIGKILL at random times while an IdP sends
// writes, and restarts it each time. The test checks that Flex finally has the last
// acknowledged state of every person.
func TestKillSQLite(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	killTest(t, "sqlite:"+filepath.Join(data, "kill.db"))
}

// TestKillPostgres does the same as TestKillSQLite on PostgreSQL.
func TestKillPostgres(t *testing.T) {
	t.Parallel()
	killTest(t, storetest.PostgresURL(t))
}

func killTest(t *testing.T, database string) {
	t.Helper()
	kills := usualKills
	if s := os.Getenv("FLEXSCIM_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, %d kills", seed, kills)
	rng := rand.New(rand.NewPCG(seed, 1))

	flexURL := startSimulator(t)
	victim := newVictim(t, database, flexURL)
	victim.start()
	idp := newKillIdP(t, victim)
	stop := idp.startWriting(seed)
	for range kills {
		idp.awaitWrites(1) // otherwise a slow process would be killed before it acknowledges any write
		pause(time.Duration(rng.IntN(300)) * time.Millisecond)
		victim.kill()
		victim.start()
	}
	stop()
	victim.kill() // kill it once more, immediately after the last acknowledged write
	victim.start()
	idp.wantAcknowledged(kills)
	idp.awaitFlex(flexURL)
}
