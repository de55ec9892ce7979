package stripe_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"
	"pgregory.net/rapid"
)

// books are the parts of /_sim/state about money.
type books struct {
	Balances  map[string]map[string]map[string]int64 `json:"balances"`
	Movements []struct {
		Net  int64  `json:"net"`
		Type string `json:"type"`
	} `json:"balance_transactions"`
}

func (b *bundle) books() books {
	b.t.Helper()
	var found books
	b.control("GET", "state", nil, &found)
	return found
}

func TestMoney(t *testing.T) {
	t.Parallel()

	t.Run("transfers and reversals sum to zero, and no balance is negative, in any order of calls", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(10_000_00, "pm_card_visa")
		numbers := []string{goodNumber, noAccountNumber, returnedNumber}
		var creators []string
		for _, number := range numbers {
			creators = append(creators, b.creator(number).ID)
		}
		daily := creatorParams(goodNumber)
		daily.Settings = payoutInterval("daily")
		swept, err := b.api.Accounts.New(daily)
		require.NoError(t, err)
		creators = append(creators, swept.ID)

		rapid.Check(t, func(rt *rapid.T) {
			creator := rapid.SampledFrom(creators).Draw(rt, "creator")
			amount := rapid.Int64Range(1, 4_000_00).Draw(rt, "amount")
			switch rapid.SampledFrom([]string{"transfer", "reverse", "payout", "cancel", "time", "by hand"}).Draw(rt, "step") {
			case "transfer":
				_, _ = b.api.Transfers.New(transferParams(amount, creator))
			case "reverse":
				for _, transfer := range b.api.Transfers.List(&stripe.TransferListParams{Destination: stripe.String(creator)}).TransferList().Data {
					_, _ = b.api.TransferReversals.New(&stripe.TransferReversalParams{ID: stripe.String(transfer.ID), Amount: stripe.Int64(amount)})
				}
			case "payout":
				_, _ = b.api.Payouts.New(payoutParams(amount, creator))
			case "cancel":
				list := &stripe.PayoutListParams{Status: stripe.String("pending")}
				list.SetStripeAccount(creator)
				for _, payout := range b.api.Payouts.List(list).PayoutList().Data {
					params := &stripe.PayoutParams{}
					params.SetStripeAccount(creator)
					_, _ = b.api.Payouts.Cancel(payout.ID, params)
				}
			case "by hand":
				for _, transfer := range b.api.Transfers.List(&stripe.TransferListParams{Destination: stripe.String(creator)}).TransferList().Data {
					b.tryControl("transfers/"+transfer.ID+"/reverse", map[string]any{"amount_minor": amount})
				}
				b.tryControl("accounts/"+creator+"/payout", map[string]any{"amount_minor": amount})
			case "time":
				b.sim.Advance(time.Duration(rapid.IntRange(1, 80).Draw(rt, "hours")) * time.Hour)
			}

			now := b.books()
			internal, held, booked := int64(0), int64(0), int64(0)
			for _, m := range now.Movements {
				booked += m.Net
				switch m.Type {
				case "transfer", "payment", "transfer_refund", "payment_refund":
					internal += m.Net
				}
			}
			for account, currencies := range now.Balances {
				require.GreaterOrEqual(rt, currencies["usd"]["available_minor"], int64(0), account)
				held += currencies["usd"]["available_minor"] + currencies["usd"]["pending_minor"]
			}
			require.Zero(rt, internal)
			require.Equal(rt, booked, held)
		})
	})

	t.Run("concurrent callers never spend more than there is", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)

		var group sync.WaitGroup
		for range 30 {
			group.Go(func() { _, _ = b.api.Transfers.New(transferParams(10_00, creator.ID)) })
		}
		group.Wait()

		require.Len(t, b.effects("transfer.applied"), 9)
		b.requireAvailable("", 6_80)
		b.requireAvailable(creator.ID, 90_00)
	})

	t.Run("concurrent callers with one key have one effect", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)

		var group sync.WaitGroup
		for range 30 {
			group.Go(func() { _, _ = b.api.Transfers.New(keyed(10_00, creator.ID, "k")) })
		}
		group.Wait()

		require.Len(t, b.effects("transfer.applied"), 1)
	})
}
