package stripe_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	simulator "github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

func TestGetDispute(t *testing.T) {
	t.Parallel()
	disputed := func(status string, moved ...object) object {
		return object{
			"id": "du_1", "object": "dispute", "status": status, "amount": 900, "currency": "usd", "reason": "fraudulent",
			"payment_intent": "pi_1", "evidence_details": object{"due_by": 1700000000}, "balance_transactions": moved,
		}
	}
	withdrawn := object{"id": "txn_1", "amount": -900, "fee": 1500, "net": -2400, "currency": "usd"}
	reinstated := object{"id": "txn_2", "amount": 900, "fee": 0, "net": 900, "currency": "usd"}

	t.Run("says what was asked, by whom and until when", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, disputed("needs_response", withdrawn)))

		found, err := client.GetDispute(t.Context(), "du_1")

		require.NoError(t, err)
		require.Equal(t, rail.Dispute{
			ID: "du_1", Status: rail.DisputeOpen, Reason: "fraudulent", AmountMinor: 900, Currency: "USD", FundingID: "pi_1",
			DueBy: time.Unix(1700000000, 0).UTC(), WithdrawnMinor: 900, FeeMinor: 1500, SettlementCurrency: "USD",
		}, found)
		require.Equal(t, "/v1/disputes/du_1", stub.last(t).Path)
	})

	t.Run("takes nothing for withdrawn that the balance does not show", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(200, disputed("warning_needs_response")))

		inquiry, err := client.GetDispute(t.Context(), "du_1")

		require.NoError(t, err)
		require.Equal(t, rail.DisputeInquiry, inquiry.Status)
		require.Zero(t, inquiry.WithdrawnMinor)
		require.False(t, inquiry.Reinstated)
	})

	t.Run("separates what came back from what was taken", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(200, disputed("won", withdrawn, reinstated)))

		won, err := client.GetDispute(t.Context(), "du_1")

		require.NoError(t, err)
		require.Equal(t, rail.DisputeWon, won.Status)
		require.Equal(t, int64(900), won.WithdrawnMinor)
		require.True(t, won.Reinstated)
		require.Equal(t, int64(900), won.ReinstatedMinor)
	})

	t.Run("asks for nothing by an empty id", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, disputed("won")))

		_, err := client.GetDispute(t.Context(), "")

		requireFault(t, err, fault.Invalid, "stripe_id_invalid")
		require.Zero(t, stub.count())
	})

	t.Run("follows a dispute from its withdrawal to its end", func(t *testing.T) {
		t.Parallel()
		w := setupWorld(t, simulator.Options{DisputeFeeMinor: 1500})
		id := w.control(t, "/disputes", `{"charge":"`+w.fund(t, 10_000).ChargeID+`","amount_minor":4000}`)
		opened, err := w.GetDispute(t.Context(), id)
		require.NoError(t, err)
		w.control(t, "/disputes/"+id+"/win", `{}`)

		won, err := w.GetDispute(t.Context(), id)

		require.NoError(t, err)
		require.Equal(t, int64(4000), opened.WithdrawnMinor)
		require.Equal(t, int64(1500), opened.FeeMinor)
		require.False(t, opened.Reinstated)
		require.Equal(t, rail.DisputeWon, won.Status)
		require.Equal(t, opened.WithdrawnMinor, won.WithdrawnMinor)
		require.True(t, won.Reinstated)
	})
}

// control tells the simulator what the outside world does, and returns the object's id.
func (w world) control(t *testing.T, path, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, w.url+"/_sim"+path, strings.NewReader(body))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	var object struct{ ID string }
	require.NoError(t, json.NewDecoder(response.Body).Decode(&object))
	require.Equal(t, http.StatusOK, response.StatusCode)
	return object.ID
}
