package stripe_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	simulator "github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// converting settles in dollars on the platform and in euros on the creator's account. One dollar
// is 0.80 euros, and Stripe takes 1 %.
func converting(t *testing.T) world {
	t.Helper()
	w := setupWorld(t, simulator.Options{Convert: true, ConversionFeeBasisPoints: 100, Rates: map[string]string{"eur": "0.8"}})
	w.creator = newCreatorIn(t, w.url, "DE", "eur")
	return w
}

func TestConversionsThroughStripe(t *testing.T) {
	t.Parallel()

	t.Run("a transfer arrives in the creator's currency, and its reversal is worth what it is then", func(t *testing.T) {
		t.Parallel()
		w := converting(t)
		ctx := t.Context()
		w.fund(t, 100_000)
		transfer, err := w.CreateTransfer(ctx, w.transfer(40_000))
		require.NoError(t, err)

		arrived, err := w.GetArrival(ctx, w.creator, transfer.ArrivalID)

		require.NoError(t, err)
		require.Equal(t, rail.Settlement{
			TransactionID: arrived.TransactionID, SourceMinor: 40_000, SourceCurrency: "USD", AmountMinor: 31_680, NetMinor: 31_680,
			Currency: "EUR", ExchangeRate: "0.792", AvailableOn: arrived.AvailableOn,
		}, arrived)
		require.WithinDuration(t, w.sim.Now(), arrived.AvailableOn, time.Minute)
		held, err := w.GetBalance(ctx, w.creator)
		require.NoError(t, err)
		require.Equal(t, []rail.Balance{{Currency: "EUR", AvailableMinor: 31_680}}, held)

		w.control(t, "/conversion", `{"rates":{"eur":"0.9"}}`)
		reversal, err := w.ReverseTransfer(ctx, rail.ReversalRequest{
			TransferID: transfer.ID, AmountMinor: 20_000, Currency: "USD", PayoutID: "018f-payout", IdempotencyKey: "reversal",
		})
		require.NoError(t, err)
		returned, err := w.GetReturn(ctx, w.creator, reversal.ReturnID)
		require.NoError(t, err)
		require.Equal(t, int64(-17_820), returned.NetMinor)
		require.Equal(t, "0.891", returned.ExchangeRate)
		require.Equal(t, int64(20_000), returned.SourceMinor)
		platform, err := w.GetBalance(ctx, "")
		require.NoError(t, err)
		require.Equal(t, []rail.Balance{{Currency: "USD", AvailableMinor: 80_000}}, platform)
		again, err := w.GetTransfer(ctx, transfer.ID)
		require.NoError(t, err)
		require.Equal(t, transfer.ArrivalID, again.ArrivalID)
		_, err = w.ReverseTransfer(ctx, rail.ReversalRequest{
			TransferID: transfer.ID, AmountMinor: 20_000, Currency: "USD", PayoutID: "018f-payout", Generation: 1, IdempotencyKey: "rest",
		})
		requireFault(t, err, fault.Conflict, "balance_insufficient")
	})

	t.Run("a fee that is listed is apart from the rate", func(t *testing.T) {
		t.Parallel()
		w := converting(t)
		w.control(t, "/conversion", `{"transfer_fee_listed":true}`)
		w.fund(t, 100_000)
		transfer, err := w.CreateTransfer(t.Context(), w.transfer(40_000))
		require.NoError(t, err)

		arrived, err := w.GetArrival(t.Context(), w.creator, transfer.ArrivalID)

		require.NoError(t, err)
		require.Equal(t, "0.8", arrived.ExchangeRate)
		require.Equal(t, []int64{32_000, 320, 31_680}, []int64{arrived.AmountMinor, arrived.FeeMinor, arrived.NetMinor})
	})

	t.Run("nothing is converted for a creator who settles in the same currency", func(t *testing.T) {
		t.Parallel()
		w := setupWorld(t, simulator.Options{Convert: true, ConversionFeeBasisPoints: 100})
		w.fund(t, 100_000)
		transfer, err := w.CreateTransfer(t.Context(), w.transfer(40_000))
		require.NoError(t, err)

		arrived, err := w.GetArrival(t.Context(), w.creator, transfer.ArrivalID)

		require.NoError(t, err)
		require.False(t, arrived.Converted())
		require.Equal(t, int64(40_000), arrived.NetMinor)
		require.Empty(t, arrived.ExchangeRate)
		_, err = w.GetArrival(t.Context(), w.creator, "py_none")
		requireFault(t, err, fault.NotFound, "resource_missing")
		_, err = w.GetReturn(t.Context(), w.creator, "pyr_none")
		requireFault(t, err, fault.NotFound, "resource_missing")
	})

	t.Run("a payment in another currency says what it settled as, also in the list", func(t *testing.T) {
		t.Parallel()
		w := converting(t)

		funded, err := w.CreateFunding(t.Context(), rail.FundingRequest{
			CampaignID: "018f-campaign", AmountMinor: 80_000, Currency: "EUR", PaymentMethod: "pm_card_bypassPending", IdempotencyKey: "funding",
		})

		require.NoError(t, err)
		require.Equal(t, money.Currency("EUR"), funded.Currency)
		require.Equal(t, money.Currency("USD"), funded.SettlementCurrency)
		require.Equal(t, int64(99_000), funded.NetMinor)
		require.Equal(t, int64(1_000), funded.FeeMinor)
		page, err := w.List(t.Context(), rail.ListRequest{Type: reconcile.BalanceTransaction, Since: time.Unix(0, 0)})
		require.NoError(t, err)
		require.Equal(t, money.Currency("USD"), page.Objects[0].Currency)
		require.Equal(t, int64(99_000), page.Objects[0].AmountMinor)
		require.Equal(t, funded.ID, page.Objects[0].SourceID)
	})

	t.Run("refunds and disputes of it say what they moved, each at the rate of its moment", func(t *testing.T) {
		t.Parallel()
		w := converting(t)
		w.fund(t, 500_000)
		funded, err := w.CreateFunding(t.Context(), rail.FundingRequest{
			CampaignID: "018f-campaign", AmountMinor: 80_000, Currency: "EUR", PaymentMethod: "pm_card_bypassPending", IdempotencyKey: "funding",
		})
		require.NoError(t, err)
		disputed := w.control(t, "/disputes", `{"charge":"`+funded.ChargeID+`","amount_minor":8000}`)
		w.control(t, "/conversion", `{"rates":{"eur":"0.5"}}`)
		w.control(t, "/disputes/"+disputed+"/win", `{}`)

		dispute, err := w.GetDispute(t.Context(), disputed)
		require.NoError(t, err)
		require.Equal(t, []int64{8_000, 10_000, 16_000}, []int64{dispute.AmountMinor, dispute.WithdrawnMinor, dispute.ReinstatedMinor})
		require.Equal(t, money.Currency("USD"), dispute.SettlementCurrency)
		made, err := w.CreateRefund(t.Context(), rail.RefundRequest{
			CampaignID: "018f-campaign", FundingID: funded.ID, AmountMinor: 8_000, Currency: "EUR", IdempotencyKey: "refund",
		})
		require.NoError(t, err)
		require.Equal(t, int64(16_000), made.WithdrawnMinor)
		require.Equal(t, money.Currency("USD"), made.SettlementCurrency)
		require.Equal(t, money.Currency("EUR"), made.Currency)
		w.control(t, "/conversion", `{"rates":{"eur":"0.4"}}`)
		w.control(t, "/refunds/"+made.ID+"/fail", `{}`)
		failed, err := w.ListRefunds(t.Context(), funded.ID)
		require.NoError(t, err)
		require.Equal(t, []int64{16_000, 20_000}, []int64{failed[0].WithdrawnMinor, failed[0].ReturnedMinor})
	})
}

// What a pass sees of the money that moves without us: each with its type, and no source.
func TestListsWhatStripeMovesByItself(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, time.January, 15, 10, 0, 0, 0, time.UTC) // the platform is swept at midnight
	w := setupWorld(t, simulator.Options{
		Now:              func() time.Time { return start },
		PlatformSchedule: "daily", TopupTransit: time.Hour, PayoutFeeMinor: 25, FeeTaxBasisPoints: 2_000,
	})
	since := w.sim.Now()
	topups := []string{w.control(t, "/topups", `{"amount_minor":50000}`), w.control(t, "/topups", `{"amount_minor":300}`)}
	w.fund(t, 100_000)
	_, err := w.CreateTransfer(t.Context(), w.transfer(40_000))
	require.NoError(t, err)
	_, err = w.CreateBankPayout(t.Context(), w.bankPayout(40_000))
	require.NoError(t, err)
	w.control(t, "/reserves", `{"amount_minor":10000}`)
	pending, err := w.GetBalance(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, []rail.Balance{{Currency: "USD", AvailableMinor: 60_000 - 25 - 5 - 10_000, PendingMinor: 50_300}}, pending)

	w.sim.Advance(24 * time.Hour)
	listed := w.movements(t, since)

	require.Equal(t, map[string]int64{
		"charge": 100_000, "transfer": -40_000, "topup": 50_300, "stripe_fee": -25, "tax_fee": -5, "reserved_funds": -10_000, "payout": -100_270,
	}, sums(listed))
	for _, object := range listed {
		require.Equal(t, money.Currency("USD"), object.Currency)
		require.Equal(t, object.Status == "charge" || object.Status == "transfer", object.SourceID != "", object.Status)
	}
	swept, err := w.GetBalance(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, []rail.Balance{{Currency: "USD"}}, swept, "the balance is the sum of what is listed")

	t.Run("and what comes back", func(t *testing.T) {
		for _, id := range topups {
			w.control(t, "/topups/"+id+"/reverse", `{}`)
		}
		w.control(t, "/payouts/"+w.ownPayout(t)+"/fail", `{}`)
		later := sums(w.movements(t, since))
		require.Equal(t, int64(-50_300), later["topup_reversal"])
		require.Equal(t, int64(100_270), later["payout_failure"])
	})
}

func (w world) movements(t *testing.T, since time.Time) []reconcile.Object {
	t.Helper()
	page, err := w.List(t.Context(), rail.ListRequest{Type: reconcile.BalanceTransaction, Since: since})
	require.NoError(t, err)
	require.Empty(t, page.Next)
	return page.Objects
}

func sums(movements []reconcile.Object) map[string]int64 {
	byType := map[string]int64{}
	for _, object := range movements {
		byType[object.Status] += object.AmountMinor
	}
	return byType
}

// ownPayout is the id of the platform's only payout.
func (w world) ownPayout(t *testing.T) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/v1/payouts", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+apiKey)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	var list struct{ Data []struct{ ID string } }
	require.NoError(t, json.NewDecoder(response.Body).Decode(&list))
	require.Len(t, list.Data, 1)
	return list.Data[0].ID
}
