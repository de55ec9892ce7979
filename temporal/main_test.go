package temporal_test

import (
	"testing"

	"github.com/creditroll/creditroll/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }
