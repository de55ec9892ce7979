package stripe_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

func TestRefusalsByMessage(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		name, message, code, param string
		status                     int
		want                       string
		meaning                    rail.Meaning
	}{
		{"an unknown destination", "No such destination: 'acct_1'", "resource_missing", "destination", 400, "destination_missing", rail.AccountGone},
		{"an unknown destination without a code", "No such destination: acct_1; Jenny Rosen", "", "destination", 400, "destination_missing", rail.AccountGone},
		{"a deleted bank account", "The bank account has been deleted.", "", "", 400, "bank_account_deleted", rail.BankAccountMissing},
		{"no bank account for the currency", "Sorry, you don't have any external accounts in that currency (eur)", "", "", 400, "bank_account_missing", rail.BankAccountMissing},
		{"another service agreement", "Funds can't be sent to accounts located in XX because of the `full` service agreement.", "", "", 400, "service_agreement", rail.CountryUnsupported},
		{"disabled payouts", "Cannot create payouts; this account has payouts disabled", "", "", 400, "payouts_disabled", rail.PayoutsDisabled},
		{"a lost connection to the account", "The provided key does not have access to account 'acct_1' (or that account does not exist). Application access may have been revoked.", "", "", 403, "account_access_lost", rail.AccountGone},
		{"a message that we do not know", "Something new", "", "", 400, "request_refused", rail.NoMeaning},
		{"a known code wins over its message", "service agreement", "balance_insufficient", "", 400, "balance_insufficient", rail.InsufficientBalance},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			client, _ := setup(t, answer(c.status, object{"error": object{
				"type": "invalid_request_error", "code": c.code, "param": c.param, "message": c.message,
			}}))

			_, err := client.CreateTransfer(t.Context(), transferRequest())

			require.Equal(t, c.want, fault.CodeOf(err))
			require.Equal(t, c.meaning, rail.MeaningOf(err))
		})
	}

	t.Run("keeps what Stripe said, without the text of the message", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(400, object{"error": object{
			"type": "invalid_request_error", "param": "destination", "message": "No such destination: Jenny Rosen's account",
		}}))

		_, err := client.CreateTransfer(t.Context(), transferRequest())

		remark := fault.RemarkOf(err)
		require.Equal(t, fault.Remark{Type: "invalid_request_error", Param: "destination", Class: "destination_missing", RequestID: remark.RequestID}, remark)
		require.NotContains(t, remark.String(), "Jenny")
		require.Contains(t, remark.String(), "parameter destination")
	})
}
