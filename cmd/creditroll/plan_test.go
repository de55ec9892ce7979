package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/cmd/creditroll/internal/plan"
)

func TestPlan(t *testing.T) {
	t.Parallel()

	t.Run("prints each policy with its calls, lag and cost, and a chart", func(t *testing.T) {
		t.Parallel()

		out, err := runPlan(t, "--days", "14", "--policy", "7d=6h,max=24h")

		require.NoError(t, err)
		for _, want := range []string{"16 clips", "default", "hourly", "336.0", "widening, as many calls", "7d=6h,max=24h", "WITHIN THE RECORDINGS", "Hours of lag"} {
			require.Contains(t, out, want)
		}
	})

	t.Run("reads curves from a file, and prints JSON", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "curves.csv")
		require.NoError(t, os.WriteFile(file, []byte("video_id,day,views,likes,comments\na,1,100,1,1\na,2,150,1,1\na,3,160,1,1\nb,1,5,0,0\n"), 0o600))

		out, err := runPlan(t, "--curves", file, "--json", "--call-micros", "1000")

		require.NoError(t, err)
		var report plan.Report
		require.NoError(t, json.Unmarshal([]byte(out), &report))
		require.Equal(t, 1, report.Clips)
		require.Equal(t, 1, report.LeftOut)
		require.Equal(t, "hourly", report.Policies[1].Policy)
		require.Equal(t, int64(720_000), report.Policies[1].MicrosPerClip)
	})

	t.Run("says what is wrong with a file, a policy or a number", func(t *testing.T) {
		t.Parallel()
		broken := filepath.Join(t.TempDir(), "broken.csv")
		require.NoError(t, os.WriteFile(broken, []byte("video_id,day,views,likes,comments\na,0,1,1,1\n"), 0o600))

		for want, arguments := range map[string][]string{
			"cannot be opened":     {"--curves", broken + ".none"},
			"line 2: day is 0":     {"--curves", broken},
			`--policy "often"`:     {"--policy", "often"},
			"--days":               {"--days", "0"},
			"must not be negative": {"--call-micros", "-1"},
		} {
			_, err := runPlan(t, arguments...)
			require.ErrorContains(t, err, want)
		}
	})
}

func runPlan(t *testing.T, arguments ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetOut(&out)
	root.SetArgs(append([]string{"plan"}, arguments...))
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}
