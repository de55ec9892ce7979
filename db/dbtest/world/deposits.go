package world

import (
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
)

// Deposit pays an amount into the balance of an organization, in the currency of the campaign.
func (w *World) Deposit(t dbtest.T, organizationID string, amountMinor int64) (depositID string) {
	t.Helper()
	return w.DepositBy(t, organizationID, amountMinor, "", Now)
}

// DepositBy is Deposit with how and when the brand paid.
func (w *World) DepositBy(t dbtest.T, organizationID string, amountMinor int64, method string, paidAt time.Time) (depositID string) {
	t.Helper()
	id := uuid.NewString()
	_, err := w.Funding.CreateDeposit(t.Context(), funding.NewDeposit{
		ID: id, OrganizationID: organizationID, Currency: w.Terms.Currency, AmountMinor: amountMinor, RequestedBy: "ann", Now: paidAt,
	})
	require.NoError(t, err)
	require.NoError(t, w.Funding.RecordDeposit(t.Context(), ledger.Deposit{
		DepositID: id, OrganizationID: organizationID, PaymentIntentID: "pi_" + id, Currency: w.Terms.Currency, GrossMinor: amountMinor, At: Now,
		Method: method, PaidAt: paidAt,
	}))
	return id
}
