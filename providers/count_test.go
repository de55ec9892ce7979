package providers_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/providers"
)

func TestParseCount(t *testing.T) {
	t.Parallel()

	t.Run("reads every count, as a number and as a string", rapid.MakeCheck(func(t *rapid.T) {
		want := rapid.Int64Range(0, providers.CountMax).Draw(t, "count")
		digits, float := strconv.FormatInt(want, 10), strconv.FormatFloat(float64(want), 'e', -1, 64)
		for _, raw := range []string{digits, strconv.Quote(digits), digits + ".0", float, strconv.Quote(float)} {
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

	for _, raw := range []string{`-1`, `"-1"`, `"-0"`, `"+1"`, `1.5`, `1e-3`, `1.23456e3`, `0x10`, `Inf`, `NaN`, `""`, `" 1"`, `"1,000"`, `"1_000"`, `true`, `{}`, `[]`, `1000000000001`, `1e13`, `1e999`, `9223372036854775808`, `99999999999999999999999`} {
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
			require.LessOrEqual(t, count, int64(providers.CountMax))
		}
	})
}
