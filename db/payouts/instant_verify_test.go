package payouts_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVerifyFindsWrongFees(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"a fee that was never booked":                   "UPDATE payouts SET fee_minor = 51",
		"a fallback whose fee was not returned":         "UPDATE payouts SET fallback_code = 'made_up'",
		"a cancelled payout whose fee was not returned": "UPDATE payouts SET status = 'cancelled'",
		"a fee that took something else from campaigns": "ALTER TABLE earning_deductions DISABLE TRIGGER USER; UPDATE earning_deductions SET amount_minor = amount_minor - 1",
		"a fee of a payout that is a standard one":      "UPDATE payouts SET method = 'standard', fee_minor = 0",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newInstant(t)
			w.reserve(t, nil)
			w.disturb(t, change)

			verified, err := w.Audit.Verify(t.Context())

			require.NoError(t, err)
			found := false
			for _, finding := range verified.Findings {
				found = found || finding.Check == "payout" && finding.Subject == w.payoutID
			}
			require.True(t, found, verified.Findings)
		})
	}
}
