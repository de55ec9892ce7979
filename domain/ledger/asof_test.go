package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

func TestMoment(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]time.Time{
		"2026-03-02T11:59:59Z":        noon.Add(-time.Second),
		"2026-03-02T12:00:00Z":        noon,
		"2026-03-02T13:00:00.5+01:30": noon.Add(-30*time.Minute + 500*time.Millisecond),
		"2026-03-01":                  time.Date(2026, 3, 1, 23, 59, 59, 999_999_000, time.UTC),
		"2026-03-02":                  noon,
	} {
		t.Run("reads "+text, func(t *testing.T) {
			t.Parallel()

			moment, err := ledger.Moment("as_of", text, noon)

			require.NoError(t, err)
			require.True(t, want.Equal(*moment), moment)
		})
	}

	for text, code := range map[string]string{
		"yesterday": "as_of_malformed", "2026-02-30": "as_of_malformed", "2026-3-1": "as_of_malformed", "1772452800": "as_of_malformed",
		"2026-03-03": "as_of_in_future", "2026-03-02T12:00:01Z": "as_of_in_future",
	} {
		t.Run("refuses "+text, func(t *testing.T) {
			t.Parallel()

			_, err := ledger.Moment("as_of", text, noon)

			require.True(t, fault.Is(err, fault.Invalid))
			require.Equal(t, code, fault.CodeOf(err))
		})
	}

	t.Run("takes nothing for now", func(t *testing.T) {
		t.Parallel()

		moment, err := ledger.Moment("as_of", "", noon)

		require.NoError(t, err)
		require.True(t, ledger.AsOf{EffectiveAt: moment}.IsNow())
	})
}
