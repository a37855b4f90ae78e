package scimtest_test

import (
	"testing"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimtest"
)

func TestDirectoryInMemory(t *testing.T) {
	t.Parallel()
	scimtest.TestDirectory(t, func(*testing.T) scim.Directory { return scimtest.NewDirectory() })
}
