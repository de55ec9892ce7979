package providers_test

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/providers"
)

func TestParseCount(t *testing.T) {
	t.Parallel()

	t.Run("reads every count, as a number and as a string", rapid.MakeCheck(func(t *rapid.T) {
		want := rapid.Int64Range(0, math.MaxInt64).Draw(t, "count")
		for _, raw := range []string{strconv.FormatInt(want, 10), strconv.Quote(strconv.FormatInt(want, 10))} {
			count, present, err := providers.ParseCount(json.RawMessage(raw))
			require.NoError(t, err)
			require.True(t, present)
			require.Equal(t, want, count)
		}
	}))

	for _, raw := range []string{"", "null", " "} {
		t.Run("finds no count in "+strconv.Quote(raw), func(t *testing.T) {
			t.Parallel()
			_, present, err := providers.ParseCount(json.RawMessage(raw))
			require.NoError(t, err)
			require.False(t, present)
		})
	}

	for _, raw := range []string{`-1`, `"-1"`, `"-0"`, `"+1"`, `1.5`, `1e3`, `""`, `" 1"`, `"1,000"`, `"1_000"`, `true`, `{}`, `[]`, `9223372036854775808`} {
		t.Run("refuses "+raw, func(t *testing.T) {
			t.Parallel()
			_, _, err := providers.ParseCount(json.RawMessage(raw))
			require.Error(t, err)
		})
	}
}

func FuzzParseCount(f *testing.F) {
	f.Add([]byte(`"17"`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if count, _, err := providers.ParseCount(raw); err == nil {
			require.GreaterOrEqual(t, count, int64(0))
		}
	})
}
