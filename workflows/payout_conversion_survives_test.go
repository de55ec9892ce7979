package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// convertingSteps are the activities of a converted payout that goes well, in order.
var convertingSteps = []step{
	{"ReservePayout", 1},
	{"CheckAccount", 1},
	{"RecordIntent", 1}, // of the transfer
	{"CreateTransfer", 1},
	{"RecordTransferred", 1},
	{"ReadArrival", 1},
	{"RecordConverted", 1},
	{"RecordIntent", 2}, // of the bank payout
	{"CreateBankPayout", 1},
	{"RecordBankPayoutAccepted", 1},
	{"RecordBankPayoutPaid", 1},
}

func TestConvertedPayoutIsMadeOnce(t *testing.T) {
	t.Parallel()
	for clause, rule := range misfortunesAt(convertingSteps...) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			p := setupConverted(t, goodBank)
			p.befall(t, rule)

			result := survive[workflows.PayoutResult](func() *history { return p.begin(t) }, workflows.CreatorPayout, p.input)

			require.Equal(t, payout.Paid, result.Status)
			require.Equal(t, 1, p.effects("payout.applied"))
			p.requireConverted(t, "EUR", received, 0)
		})
	}
}

// The rate moves against us while the bank account does not work, so the whole cannot be reversed.
func TestConvertedPayoutIsGivenBackOnce(t *testing.T) {
	t.Parallel()
	steps := []step{
		{"RecordBankPayoutFailed", 1},
		{"RecordIntent", 3}, // of the first reversal, which is refused
		{"ReverseTransfer", 1},
		{"RecordRefused", 1},
		{"RecordIntent", 4},
		{"ReverseTransfer", 2},
		{"ReverseTransfer", 3},
		{"ReadReturns", 1},
		{"RecordReversed", 1},
		{"CancelPayout", 1},
	}
	for clause, rule := range misfortunesAt(steps...) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			p := setupConverted(t, noAccount)
			p.befall(t, rule)
			moved := false
			begin := func() *history {
				h := p.begin(t)
				h.at(48*time.Hour, func() {
					if !moved {
						moved = true
						p.rate(t, "eur", "0.81")
					}
				})
				h.ask(72*time.Hour, workflows.UpdateCancel, operator())
				return h
			}

			survive[workflows.PayoutResult](begin, workflows.CreatorPayout, p.input)

			require.Equal(t, 1, p.effects("transfer.applied"))
			require.Equal(t, 1, p.effects("reversal.applied"))
			p.requireConvertedBack(t, payout.Cancelled, 3960-3929, 100)
		})
	}
}

func TestConvertedPayoutSurvivesLostAnswers(t *testing.T) {
	t.Parallel()
	for path, name := range map[string]string{"/v1/transfers": "transfer", "/v1/payouts": "bank payout"} {
		for _, misfire := range misfires {
			if misfire.late {
				continue
			}
			t.Run("although the "+name+" "+misfire.name, func(t *testing.T) {
				t.Parallel()
				p := setupConverted(t, goodBank)
				rule := misfire.rule
				rule.Method, rule.Path = "POST", path
				p.script(t, rule)

				h := p.begin(t)
				for at := 3 * days; at < 9*days; at += 2 * days {
					h.ask(at, workflows.UpdateRetry, operator()) // refused while it does not wait for a person
				}

				result := p.pay(h)

				require.Equal(t, payout.Paid, result.Status)
				require.Equal(t, 1, p.effects("payout.applied"))
				p.requireConverted(t, "EUR", received, 0)
			})
		}
	}

	t.Run("although the reversal loses its answer", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, noAccount)
		p.script(t, faults.Rule{Method: "POST", Path: "/v1/transfers/*/reversals", Action: faults.ResetAfter})
		h := p.begin(t)
		h.ask(72*time.Hour, workflows.UpdateCancel, operator())

		p.pay(h)

		require.Equal(t, 1, p.effects("reversal.applied"))
		p.requireConvertedBack(t, payout.Cancelled, 0, 0)
	})
}
