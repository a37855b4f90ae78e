package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/flexscim/flexscim/testdata"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(asBare); path != "" {
		fmt.Fprintln(os.Stderr, bare(path))
		os.Exit(1)
	}
	if os.Getenv(asFlexscim) != "" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"flexscim": main})
}

// TestStories runs each story in testdata/story against the real program. In
// addition to testscript's own commands, stories can use these commands:
//
//	up [flex]                       waits until SCIM, or the simulated Flex, responds
//	scim METHOD PATH STATUS [BODY]  sends a request as the IdP and checks the status
//	ask METHOD PATH STATUS [TOKEN]  sends a request to any path, with this token or none, and checks the status
//	sim METHOD PATH [BODY]          sends a request to the simulated Flex
//	attributes WORKER JSON          adds these attributes to the Worker, without flexscim
//	requests                        sets the last response to Flex's received requests, as lines "METHOD PATH STATUS"
//	[!] has PATTERN                 matches the last response: its headers, an empty line, its body
//	get FIELD VAR                   sets a variable to a field of the last response
//	save FILE                       writes the last response's body to a file
//	take FILE PATTERN VAR           sets a variable to the first group of a match in a file (or stdout, stderr)
//	logged FILE PATTERN             waits until a line of a file matches
//	mode FILE PERMISSIONS           checks a file's permissions, such as 0600
//	worker NAME absent | KEY=VALUE… waits until the Worker has these values: role, activity, full_name, sid
//	! worker NAME KEY=VALUE…        checks that the Worker does not have these values now
//	usage ARGUMENTS…                runs flexscim and checks for exit code 2
//	fails ARGUMENTS…                runs flexscim and checks for exit code 1
//
// In a story, $SCIM and $FLEX are unused addresses for the SCIM server and the
// simulated Flex, and $TOKEN is a token for the sandbox. The environment also
// contains Twilio credentials, which the simulated Flex accepts.
func TestStories(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Files: testdata.Files(t, "story"),
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"SCIM", "FLEX"} {
				address, err := listenable()
				if err != nil {
					return err
				}
				env.Setenv(name, address)
			}
			env.Setenv("TOKEN", killToken)
			env.Setenv("TWILIO_ACCOUNT_SID", sandboxAccount)
			env.Setenv("TWILIO_AUTH_TOKEN", "simulated")
			env.Setenv("HOME", env.WorkDir)
			return nil
		},
		Cmds: storyCommands(),
	})
}

// listenable returns an unused loopback address. If the system accepts every address
// in 127.0.0.0/8, as Linux does, the address has a random host part. At 127.0.0.1, a
// connection of another test could occupy the port before the story's server listens
// on it.
func listenable() (string, error) {
	own := fmt.Sprintf("127.%d.%d.%d:0", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
	l, err := net.Listen("tcp", own)
	if err != nil {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
