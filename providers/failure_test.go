package providers_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/providers"
)

func TestWaitForReset(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_790_000_000, 0)

	for value, want := range map[string]time.Duration{
		"37":                  37 * time.Second,
		"1790000060":          time.Minute, // a time
		"1790000000":          0,           // now
		"1700000000":          0,           // the past
		"0":                   0,
		"-5":                  0,
		"":                    0,
		"soon":                0,
		"999999999":           31 * 24 * time.Hour,
		"9999999999":          31 * 24 * time.Hour,
		"9223372036854775807": 31 * 24 * time.Hour,
	} {
		t.Run("waits "+want.String()+" for the reset "+value, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, providers.WaitForReset(value, now))
		})
	}
}
