package workflows_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// payingSteps are the activities of a payout that goes well, in order.
var payingSteps = []step{
	{"ReservePayout", 1},
	{"GetAccount", 1},
	{"RecordIntent", 1}, // of the transfer
	{"CreateTransfer", 1},
	{"RecordTransferred", 1},
	{"CreateBankPayout", 1},
	{"RecordBankPayoutAccepted", 1},
	{"GetBankPayout", 1},
	{"RecordBankPayoutPaid", 1},
}

func TestPayoutIsMadeOnce(t *testing.T) {
	t.Parallel()
	for clause, rule := range misfortunesAt(payingSteps...) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			p := setupPayout(t, goodBank)
			p.befall(t, rule)

			result := survive[workflows.PayoutResult](func() *history { return p.begin(t) }, workflows.CreatorPayout, p.input)

			require.Equal(t, payout.Paid, result.Status)
			require.Equal(t, 1, p.effects("payout.applied"))
			p.requirePaidOnce(t)
		})
	}
}

// A payout whose bank account does not work is cancelled after its transfer.
func TestPayoutIsGivenBackOnce(t *testing.T) {
	t.Parallel()
	steps := []step{
		{"RecordBankPayoutFailed", 1},
		{"ParkPayout", 1},
		{"RecordIntent", 2}, // of the reversal
		{"ReverseTransfer", 1},
		{"RecordReversed", 1},
		{"CancelPayout", 1},
	}
	for clause, rule := range misfortunesAt(steps...) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			p := setupPayout(t, noAccount)
			p.befall(t, rule)
			begin := func() *history {
				h := p.begin(t)
				h.ask(72*time.Hour, workflows.UpdateCancel, operator())
				return h
			}

			survive[workflows.PayoutResult](begin, workflows.CreatorPayout, p.input)

			require.Equal(t, 1, p.effects("transfer.applied"))
			require.Equal(t, 1, p.effects("reversal.applied"))
			p.requireGivenBack(t, payout.Cancelled)
		})
	}
}

// A first try has its effect and loses its answer. Stripe refuses the second one before it looks
// at the key, so only a look-up shows that the object was made.
func TestPhaseIsMadeThoughItsRetryIsRefused(t *testing.T) {
	t.Parallel()
	phases := map[string]struct {
		path  string
		bank  string
		final payout.Status
	}{
		"transfer":    {"/v1/transfers", goodBank, payout.Paid},
		"bank payout": {"/v1/payouts", goodBank, payout.Paid},
		"reversal":    {"/v1/transfers/*/reversals", noAccount, payout.Cancelled},
	}
	for name, phase := range phases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setupPayout(t, phase.bank)
			p.script(t, faults.Rule{Method: http.MethodPost, Path: phase.path, Action: faults.ResetAfter})
			p.script(t, faults.Rule{
				Method: http.MethodPost, Path: phase.path,
				Action: faults.ServerError, Status: http.StatusBadRequest, Type: "invalid_request_error", Code: "parameter_invalid_empty",
			})
			h := p.begin(t)
			h.ask(72*time.Hour, workflows.UpdateCancel, operator()) // refused once the payout has ended

			result := p.pay(h)

			require.Equal(t, phase.final, result.Status)
			require.Equal(t, 1, p.effects("transfer.applied"))
			if phase.final == payout.Paid {
				p.requirePaidOnce(t)
				return
			}
			require.Equal(t, 1, p.effects("reversal.applied"))
			p.requireGivenBack(t, phase.final)
		})
	}
}

func TestLostAnswersOfStripe(t *testing.T) {
	t.Parallel()
	cases := map[string]faults.Rule{
		"the connection is reset before the effect":      {Action: faults.ResetBefore},
		"the connection is reset after the effect":       {Action: faults.ResetAfter},
		"every answer is cut off for an hour":            {Action: faults.ResetAfter, Count: 13},
		"garbage hides the effect":                       {Action: faults.Garbage, AfterEffect: true},
		"a 500 is saved under the key after the effect":  {Action: faults.ServerError, Inside: true, AfterEffect: true},
		"Stripe is down for six tries":                   {Action: faults.ServerError, Status: 503, Count: 6},
		"too many requests are made":                     {Action: faults.RateLimit, RetryAfterSeconds: 2, Count: 3},
		"the connection is reset before all first tries": {Action: faults.ResetBefore, Count: 6},
	}
	for phase, path := range map[string]string{"transfer": "/v1/transfers", "bank payout": "/v1/payouts"} {
		for name, rule := range cases {
			t.Run("one "+phase+" is made although "+name, func(t *testing.T) {
				t.Parallel()
				p := setupPayout(t, goodBank)
				rule.Method, rule.Path = http.MethodPost, path
				p.script(t, rule)

				result := p.pay(p.begin(t))

				require.Equal(t, payout.Paid, result.Status)
				require.Equal(t, 1, p.effects("payout.applied"))
				p.requirePaidOnce(t)
			})
		}
	}
}
