package world

import (
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
)

// Deposit pays an amount into the balance of an organization, in the currency of the campaign.
func (w *World) Deposit(t dbtest.T, organizationID string, amountMinor int64) {
	t.Helper()
	id := uuid.NewString()
	_, err := w.Funding.CreateDeposit(t.Context(), funding.NewDeposit{
		ID: id, OrganizationID: organizationID, Currency: w.Terms.Currency, AmountMinor: amountMinor, RequestedBy: "ann", Now: Now,
	})
	require.NoError(t, err)
	require.NoError(t, w.Funding.RecordDeposit(t.Context(), ledger.Deposit{
		DepositID: id, OrganizationID: organizationID, PaymentIntentID: "pi_" + id, Currency: w.Terms.Currency, GrossMinor: amountMinor, At: Now,
	}))
}
