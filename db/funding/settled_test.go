package funding_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/money"
)

func TestSettled(t *testing.T) {
	t.Parallel()

	t.Run("keeps the latest reading", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		none, err := b.Funding.GetSettled(t.Context())
		require.NoError(t, err)
		late := funding.Settled{Currencies: []money.Currency{"EUR", "USD"}, At: world.Now}

		require.NoError(t, b.Funding.RecordSettled(t.Context(), late))
		require.NoError(t, b.Funding.RecordSettled(t.Context(), funding.Settled{Currencies: []money.Currency{"USD"}, At: world.Now.Add(-time.Minute)}))

		found, err := b.Funding.GetSettled(t.Context())
		require.NoError(t, err)
		require.Zero(t, none)
		require.Equal(t, late, found)
	})

	t.Run("keeps that nothing is shown, which refuses nothing", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		require.NoError(t, b.Funding.RecordSettled(t.Context(), funding.Settled{Currencies: []money.Currency{"EUR"}, At: world.Now}))

		require.NoError(t, b.Funding.RecordSettled(t.Context(), funding.Settled{At: world.Now.Add(time.Minute)}))

		b.request(t, 10_000)
	})

	t.Run("refuses a new deposit in another currency, and returns one that is stored", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		stored := b.request(t, 10_000)
		require.NoError(t, b.Funding.RecordSettled(t.Context(), funding.Settled{Currencies: []money.Currency{"EUR"}, At: world.Now}))
		another := stored
		another.ID = uuid.NewString()

		_, refused := b.Funding.CreateDeposit(t.Context(), another)
		_, missing := b.Funding.GetDeposit(t.Context(), another.ID)
		again, err := b.Funding.CreateDeposit(t.Context(), stored)

		require.Equal(t, funding.CurrencyNotSettled, fault.CodeOf(refused))
		require.Equal(t, "deposit_not_found", fault.CodeOf(missing))
		require.NoError(t, err)
		require.Equal(t, stored.ID, again.ID)
	})
}
