package duration_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
)

func TestText(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		duration time.Duration
		text     string
	}{
		{0, "0s"},
		{168 * time.Hour, "168h"},
		{time.Hour + 30*time.Minute, "1h30m"},
		{15 * time.Minute, "15m"},
		{10 * time.Minute, "10m"},
		{10 * time.Second, "10s"},
		{20 * time.Hour, "20h"},
		{250 * time.Millisecond, "250ms"},
		{time.Hour + time.Second, "1h0m1s"},
		{-90 * time.Minute, "-1h30m"},
	} {
		t.Run("writes "+tc.text, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, tc.text, duration.Text(tc.duration).String())
		})
	}

	t.Run("reads what it has written", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			written := duration.Text(rapid.Int64().Draw(t, "nanoseconds"))

			encoded, err := json.Marshal(written)

			require.NoError(t, err)
			var read duration.Text
			require.NoError(t, json.Unmarshal(encoded, &read))
			require.Equal(t, written, read)
		})
	})

	t.Run("refuses a number, which could be seconds or nanoseconds", func(t *testing.T) {
		t.Parallel()
		var read duration.Text

		require.Error(t, json.Unmarshal([]byte("604800"), &read))
		require.Equal(t, "duration_malformed", fault.CodeOf(read.UnmarshalText([]byte("604800"))))
	})
}

func ExampleText() {
	encoded, _ := json.Marshal(map[string]duration.Text{"hold": duration.Text(168 * time.Hour)})
	fmt.Println(string(encoded))
	// Output: {"hold":"168h"}
}
