package stripe_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"

	stripesim "github.com/creditroll/creditroll/devstack/simulators/stripe"
)

func TestTransfers(t *testing.T) {
	t.Parallel()

	t.Run("moves money from the platform to the creator, and is in the journal", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)

		params := transferParams(40_00, creator.ID)
		params.SetIdempotencyKey("payout/p1/transfer/g0")
		params.AddExpand("balance_transaction")
		params.AddExpand("destination_payment.balance_transaction")
		transfer, err := b.api.Transfers.New(params)

		require.NoError(t, err)
		require.Equal(t, int64(40_00), transfer.Amount)
		require.Equal(t, creator.ID, transfer.Destination.ID)
		require.Equal(t, "payout/p1", transfer.TransferGroup)
		require.Equal(t, "p1", transfer.Metadata["payout_id"])
		require.Equal(t, int64(-40_00), transfer.BalanceTransaction.Net)
		require.Equal(t, int64(40_00), transfer.DestinationPayment.BalanceTransaction.Net)
		require.False(t, transfer.Reversed)
		b.requireAvailable("", 100_00-3_20-40_00)
		b.requireAvailable(creator.ID, 40_00)
		lines := b.effects("transfer.applied")
		require.Len(t, lines, 1)
		require.Equal(t, transfer.ID, lines[0].ObjectID)
		require.Equal(t, int64(40_00), lines[0].AmountMinor)
		require.Equal(t, "usd", lines[0].Currency)
		require.Equal(t, creator.ID, lines[0].Account)
		require.Equal(t, "p1", lines[0].Metadata["payout_id"])
		require.Equal(t, "payout/p1/transfer/g0", lines[0].IdempotencyKey)
	})

	t.Run("is found by transfer group, by destination and by id", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator, other := b.creator(goodNumber), b.creator(goodNumber)
		mine := b.transfer(10_00, creator.ID)
		params := transferParams(10_00, other.ID)
		params.TransferGroup = stripe.String("payout/p2")
		_, err := b.api.Transfers.New(params)
		require.NoError(t, err)

		byGroup := b.api.Transfers.List(&stripe.TransferListParams{TransferGroup: stripe.String("payout/p1")}).TransferList().Data
		byDestination := b.api.Transfers.List(&stripe.TransferListParams{Destination: stripe.String(creator.ID)}).TransferList().Data
		byID, err := b.api.Transfers.Get(mine.ID, nil)

		require.NoError(t, err)
		require.Len(t, byGroup, 1)
		require.Equal(t, mine.ID, byGroup[0].ID)
		require.Len(t, byDestination, 1)
		require.Equal(t, mine.ID, byDestination[0].ID)
		require.Equal(t, mine.ID, byID.ID)
	})

	t.Run("metadata can be added, changed and removed", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		transfer := b.transfer(10_00, b.creator(goodNumber).ID)

		updated, err := b.api.Transfers.Update(transfer.ID, &stripe.TransferParams{Metadata: map[string]string{"payout_id": "", "run": "w1"}})

		require.NoError(t, err)
		require.Equal(t, map[string]string{"run": "w1"}, updated.Metadata)
	})

	t.Run("is refused without enough available money, and has no effect", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(o *stripesim.Options) { o.AvailableAfter = 48 * time.Hour })
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)

		_, err := b.api.Transfers.New(transferParams(40_00, creator.ID))

		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
		b.requireAvailable(creator.ID, 0)
		require.Empty(t, b.effects("transfer.applied"))

		b.sim.Advance(49 * time.Hour)
		_, err = b.api.Transfers.New(transferParams(40_00, creator.ID))
		require.NoError(t, err)
	})

	t.Run("a source transaction lends pending money up to the amount of its charge", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(o *stripesim.Options) { o.AvailableAfter = 48 * time.Hour })
		charge := b.fund(100_00, "pm_card_visa").LatestCharge
		creator := b.creator(goodNumber)
		params := transferParams(60_00, creator.ID)
		params.SourceTransaction = stripe.String(charge.ID)
		_, err := b.api.Transfers.New(params)
		require.NoError(t, err)

		_, err = b.api.Transfers.New(params)

		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
		available, pending := b.balance(creator.ID)
		require.Zero(t, available)
		require.Equal(t, int64(60_00), pending)
		b.sim.Advance(49 * time.Hour)
		b.requireAvailable(creator.ID, 60_00)
	})

	t.Run("is refused to a destination whose transfers capability is not active", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		params := creatorParams(goodNumber)
		params.TOSAcceptance = nil
		creator, err := b.api.Accounts.New(params)
		require.NoError(t, err)

		_, err = b.api.Transfers.New(transferParams(10_00, creator.ID))

		requireRefusal(t, err, 400, "insufficient_capabilities_for_transfer")
	})

	t.Run("is refused to an unknown destination", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")

		_, err := b.api.Transfers.New(transferParams(10_00, "acct_unknown"))

		require.Equal(t, "destination", requireRefusal(t, err, 400, stripe.ErrorCodeResourceMissing).Param)
	})

	t.Run("amounts and currencies that make no sense are invalid requests", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		for name, change := range map[string]func(*stripe.TransferParams){
			"zero amount":      func(p *stripe.TransferParams) { p.Amount = stripe.Int64(0) },
			"negative amount":  func(p *stripe.TransferParams) { p.Amount = stripe.Int64(-5) },
			"no amount":        func(p *stripe.TransferParams) { p.Amount = nil },
			"unknown currency": func(p *stripe.TransferParams) { p.Currency = stripe.String("zzz") },
			"no currency":      func(p *stripe.TransferParams) { p.Currency = nil },
			"no destination":   func(p *stripe.TransferParams) { p.Destination = nil },
			"unknown field":    func(p *stripe.TransferParams) { p.AddExtra("colour", "blue") },
			"51 metadata keys": func(p *stripe.TransferParams) {
				for i := range 51 {
					p.AddMetadata(fmt.Sprintf("key_%d", i), "v")
				}
			},
			"metadata key of 41 characters":    func(p *stripe.TransferParams) { p.Metadata = map[string]string{strings.Repeat("k", 41): "v"} },
			"metadata value of 501 characters": func(p *stripe.TransferParams) { p.Metadata = map[string]string{"k": strings.Repeat("v", 501)} },
		} {
			params := transferParams(10_00, creator.ID)
			change(params)

			_, err := b.api.Transfers.New(params)

			var refusal *stripe.Error
			require.ErrorAs(t, err, &refusal, name)
			require.Equal(t, 400, refusal.HTTPStatusCode, name)
			require.Equal(t, stripe.ErrorTypeInvalidRequest, refusal.Type, name)
		}
		require.Empty(t, b.effects("transfer.applied"))
	})
}

func TestReversals(t *testing.T) {
	t.Parallel()

	t.Run("takes back a part and then the rest", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		transfer := b.transfer(40_00, creator.ID)

		part, err := b.api.TransferReversals.New(&stripe.TransferReversalParams{ID: stripe.String(transfer.ID), Amount: stripe.Int64(15_00), Metadata: map[string]string{"why": "test"}})
		require.NoError(t, err)
		rest, err := b.api.TransferReversals.New(&stripe.TransferReversalParams{ID: stripe.String(transfer.ID)})
		require.NoError(t, err)

		require.Equal(t, int64(15_00), part.Amount)
		require.Equal(t, transfer.ID, part.Transfer.ID)
		require.Equal(t, int64(25_00), rest.Amount)
		after, err := b.api.Transfers.Get(transfer.ID, nil)
		require.NoError(t, err)
		require.True(t, after.Reversed)
		require.Equal(t, int64(40_00), after.AmountReversed)
		require.Len(t, after.Reversals.Data, 2)
		listed := b.api.TransferReversals.List(&stripe.TransferReversalListParams{ID: stripe.String(transfer.ID)}).TransferReversalList().Data
		require.Len(t, listed, 2)
		require.Len(t, b.effects("reversal.applied"), 2)
		b.requireAvailable(creator.ID, 0)
		b.requireAvailable("", 100_00-3_20)
		_, err = b.api.TransferReversals.New(&stripe.TransferReversalParams{ID: stripe.String(transfer.ID)})
		require.Error(t, err)
	})

	t.Run("is refused above what is left", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		transfer := b.transfer(40_00, b.creator(goodNumber).ID)

		_, err := b.api.TransferReversals.New(&stripe.TransferReversalParams{ID: stripe.String(transfer.ID), Amount: stripe.Int64(40_01)})

		require.Equal(t, "amount", requireRefusal(t, err, 400, "").Param)
	})

	t.Run("is refused when the creator no longer has the money", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		transfer := b.transfer(40_00, creator.ID)
		b.payout(30_00, creator.ID)

		_, err := b.api.TransferReversals.New(&stripe.TransferReversalParams{ID: stripe.String(transfer.ID)})

		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
		b.requireAvailable(creator.ID, 10_00)
	})
}
