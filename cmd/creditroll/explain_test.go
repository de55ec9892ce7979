package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/devstack/process"
)

// printed runs a command and returns its output and its error.
func (w *world) printed(args ...string) ([]byte, error) {
	var out bytes.Buffer
	spec := w.spec(args...)
	spec.Log = &out
	err := process.Run(w.t.Context(), spec)
	return out.Bytes(), err
}

func TestExplain(t *testing.T) {
	t.Parallel()

	t.Run("accounts for payments, and fails if the sums differ", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		c := w.creator(verified(goodBank))
		campaignID := w.earned(c)
		w.startRun(period)
		id := w.payoutOf(c)
		w.awaitPayout(id, "paid")

		listed, err := w.printed("explain", "payout", id, "--json", "--accruals")
		require.NoError(t, err)
		answered, err := w.client.ExplainPayoutWithResponse(t.Context(), id, nil)
		require.NoError(t, err)
		text, err := w.printed("explain", "payout", id)
		require.NoError(t, err)

		var payout client.PayoutExplanation
		require.NoError(t, json.Unmarshal(listed, &payout), string(listed))
		require.Equal(t, *answered.JSON200, payout)
		require.NotEmpty(t, payout.Items)
		require.Contains(t, string(text), "difference 0.00 USD")
		require.Contains(t, string(text), campaignID)
		for _, command := range [][]string{{"campaign", campaignID}, {"creator", c.id}, {"creator", c.id, "--currency", "USD"}, {"campaign", campaignID, "--accruals"}} {
			text, err := w.printed(append([]string{"explain"}, command...)...)
			require.NoError(t, err, string(text))
			require.Contains(t, string(text), "difference 0.00 USD")
		}
		for _, command := range [][]string{{"payout", uuid.NewString()}, {"payout", "7"}, {"campaign", id}, {"creator", id}, {"creator", c.id, "--currency", "ABC"}, {"payout"}} {
			_, err := w.printed(append([]string{"explain"}, command...)...)
			require.Error(t, err, command)
		}

		_, err = w.owner.Exec(t.Context(), "ALTER TABLE payout_lines DISABLE TRIGGER payout_lines_immutable; UPDATE payout_lines SET amount_minor = amount_minor + 1")
		require.NoError(t, err)
		_, err = w.printed("explain", "payout", id)
		require.Error(t, err)
	})
}
