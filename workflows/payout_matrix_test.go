package workflows_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// misfires are what can happen to one request that moves money.
var misfires = []struct {
	name string
	rule faults.Rule
	// late: the object cannot be looked up before Stripe has forgotten the key.
	late bool
}{
	{"is lost on its way", faults.Rule{Action: faults.ResetBefore}, false},
	{"hangs and is cut off", faults.Rule{Action: faults.ResetBefore, Count: 3}, false},
	{"loses its answer", faults.Rule{Action: faults.ResetAfter}, false},
	{"ends with a 500 that is stored", faults.Rule{Action: faults.ServerError, Inside: true}, false},
	{"takes effect with a 500 that is stored", faults.Rule{Action: faults.ServerError, Inside: true, AfterEffect: true}, false},
	{"is lost until its key is forgotten", faults.Rule{Action: faults.ResetBefore, Count: 12}, true},
	{"loses its answer until its key is forgotten", faults.Rule{Action: faults.ResetAfter, Count: 12}, true},
	{"answers with garbage", faults.Rule{Action: faults.Garbage, AfterEffect: true}, false},
}

// moneySteps are the calls that move a payout's money.
var moneySteps = []struct {
	activity, path, effect string
	bank                   string
	final                  payout.Status
}{
	{"CreateTransfer", "/v1/transfers", "transfer.applied", goodBank, payout.Paid},
	{"CreateBankPayout", "/v1/payouts", "payout.applied", goodBank, payout.Paid},
	{"ReverseTransfer", "/v1/transfers/*/reversals", "reversal.applied", noAccount, payout.Cancelled},
}

// kills are what can happen to the process at the same time.
var kills = []struct {
	name string
	rule *mishap
}{
	{"", nil},
	{", and the worker dies before it", &mishap{when: beforeWork, times: 1}},
	{", and the worker dies after it", &mishap{when: afterWork, times: 1}},
	{", and the workflow is terminated after it", &mishap{when: afterWork, times: 1, ends: true}},
}

func TestMoneyMovesOnce(t *testing.T) {
	t.Parallel()

	for _, step := range moneySteps {
		for i, misfire := range misfires {
			for j, kill := range kills {
				if leftOut(i, j) {
					continue
				}
				t.Run("although "+step.activity+" "+misfire.name+kill.name, func(t *testing.T) {
					t.Parallel()
					p := setupPayout(t, step.bank)
					rule := misfire.rule
					rule.Method, rule.Path = http.MethodPost, step.path
					p.script(t, rule)
					if misfire.late {
						p.script(t, faults.Rule{Method: http.MethodGet, Path: step.path, Action: faults.ServerError, Count: 60})
					}
					if kill.rule != nil {
						mishap := *kill.rule
						mishap.activity = step.activity
						p.mishaps.add(&mishap)
					}
					begin := func() *history {
						h := p.begin(t)
						if step.final == payout.Cancelled {
							h.ask(2*days, workflows.UpdateCancel, operator())
						}
						for at := 3 * days; at < 20*days; at += 2 * days {
							h.ask(at, workflows.UpdateRetry, operator()) // refused while it does not wait for a person
						}
						return h
					}

					result := survive[workflows.PayoutResult](begin, workflows.CreatorPayout, p.input)

					require.Equal(t, step.final, result.Status)
					require.Equal(t, 1, p.effects("transfer.applied"))
					require.Equal(t, 1, p.effects("payout.applied"))
					if step.final == payout.Cancelled {
						require.Equal(t, 1, p.effects("reversal.applied"))
						p.requireGivenBack(t, payout.Cancelled)
					} else {
						p.requirePaidOnce(t)
					}
				})
			}
		}
	}
}
