package workflows_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// bankAbroad gives a connected account another bank account in euros.
func (p payable) bankAbroad(t *testing.T, number string) {
	t.Helper()
	form := bankForm(number)
	form.Set("external_account[country]", "DE")
	form.Set("external_account[currency]", "eur")
	form.Set("default_for_currency", "true")
	p.post(t, "/v1/accounts/"+p.creator.account+"/external_accounts", form)
}

// dropBanks takes the bank accounts of a currency from the account, as their owner does.
func (p payable) dropBanks(t *testing.T, currency string) {
	t.Helper()
	account := p.call(t, http.MethodGet, "/v1/accounts/"+p.creator.account, "", "application/json", "")
	for _, each := range account["external_accounts"].(map[string]any)["data"].([]any) {
		if bank := each.(map[string]any); bank["currency"] == currency {
			p.call(t, http.MethodDelete, "/v1/accounts/"+p.creator.account+"/external_accounts/"+bank["id"].(string), "", "application/json", "")
		}
	}
}

// adjustEuros adds to what the connected account has.
func (p payable) adjustEuros(t *testing.T, amountMinor string) {
	t.Helper()
	p.control(t, "/accounts/"+p.creator.account+"/adjust", `{"amount_minor":`+amountMinor+`,"currency":"eur"}`)
}

func TestConvertedBankPayoutFails(t *testing.T) {
	t.Parallel()

	t.Run("and is paid to another bank account, for the same amount whatever the rate is then", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, noAccount)
		h := p.begin(t)
		parked := p.look(h, 4*days)
		h.at(5*days, func() {
			p.rate(t, "eur", "0.9")
			p.bankAbroad(t, goodBank)
			h.SignalWorkflow(workflows.SignalBankAccountChanged, nil)
		})

		p.pay(h)

		requireParked(t, parked, payout.BankAccountRejected)
		require.Equal(t, 2, p.effects("payout.applied"))
		p.requireConverted(t, "EUR", received, 0)
	})

	t.Run("after it was paid, and is paid again", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, returning)
		h := p.begin(t)
		h.at(5*days, func() { h.SignalWorkflow(workflows.SignalStripeChanged, nil) })
		h.at(6*days, func() {
			require.Equal(t, received, p.balanceIn(t, ledger.StripeConnected(p.creator.id), "EUR"), "the bank has returned it")
			require.Equal(t, earnedMinor, p.balance(t, ledger.FXClearing))
			p.bankAbroad(t, goodBank)
			h.SignalWorkflow(workflows.SignalBankAccountChanged, nil)
		})

		result := p.pay(h)

		require.Equal(t, payout.Paid, result.Status)
		require.Equal(t, 2, p.effects("payout.paid"))
		require.Zero(t, p.balanceIn(t, ledger.FXClearing, "EUR"))
		require.Zero(t, p.stripeIn(t, p.creator.account, "EUR"))
		p.requireAt(t, 0, 0, 0)
	})

	t.Run("and a person settles it outside, although the account has it in euros", func(t *testing.T) {
		t.Parallel()
		for _, how := range []correction.How{correction.PaidToCreator, correction.Lost} {
			p := setupConverted(t, noAccount)
			h := p.begin(t)
			h.at(4*days, func() {
				p.adjustEuros(t, "-3960") // by hand, in the dashboard
				p.settle(t, how)
				h.SignalWorkflow(workflows.SignalBooksChanged, nil)
			})

			p.pay(h)

			require.Zero(t, p.balanceIn(t, ledger.StripeConnected(p.creator.id), "EUR"), how)
			require.Zero(t, p.balanceIn(t, ledger.FXClearing, "EUR"), how)
			require.Zero(t, p.balance(t, ledger.FXClearing), how)
			available := map[correction.How]int64{correction.Lost: earnedMinor}[how]
			p.requireAt(t, available, 0, 0)
		}
	})
}

func TestConvertedPayoutIsGivenBack(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, rate string // of the day of the reversal
		listed     bool
		kept, lost int64
	}{
		{name: "at the same rate, and nothing is left", rate: "0.8", kept: 0},
		{name: "at a better rate, and what is left is a gain in euros", rate: "0.75", kept: 3960 - 3713},
		{name: "at a worse rate, as much as the account has, and the rest is our loss", rate: "0.81", lost: 100, kept: 3960 - 3929},
		{name: "less the fee that Stripe lists and does not return", rate: "0.8", listed: true, lost: 50},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := setupConverted(t, noAccount)
			if tc.listed {
				p.control(t, "/conversion", `{"transfer_fee_listed":true}`)
			}
			h := p.begin(t)
			h.at(4*days, func() { p.rate(t, "eur", tc.rate) })
			h.ask(5*days, workflows.UpdateCancel, operator())

			p.pay(h)

			require.Equal(t, 1, p.effects("reversal.applied"))
			p.requireConvertedBack(t, payout.Cancelled, tc.kept, tc.lost)
		})
	}

	t.Run("after the deadline, as returned", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, noAccount)

		p.pay(p.begin(t))

		p.requireConvertedBack(t, payout.Returned, 0, 0)
	})

	t.Run("and the creator is paid the same next week, by an account that works", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, noAccount)
		h := p.begin(t)
		h.at(4*days, func() { p.rate(t, "eur", "0.75") })
		h.ask(5*days, workflows.UpdateCancel, operator())
		p.pay(h)
		p.bankAbroad(t, goodBank)
		next := p.payableIn(t, p.creator, "2026-W09")

		result := next.pay(next.begin(t))

		require.Equal(t, payout.Paid, result.Status)
		require.Equal(t, int64(3960-3713), p.stripeIn(t, p.creator.account, "EUR"), "what a better rate left is not the creator's")
		require.Zero(t, p.balanceIn(t, ledger.FXClearing, "EUR"))
		p.requireAt(t, 0, 0, 0)
	})

	t.Run("waits for a person when the rate is much worse, and goes on when it has moved back", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, noAccount)
		h := p.begin(t)
		h.at(4*days, func() { p.rate(t, "eur", "1.2") })
		h.ask(5*days, workflows.UpdateCancel, operator())
		parked := p.look(h, 6*days)
		h.at(7*days, func() { p.rate(t, "eur", "0.8") })

		p.pay(h)

		requireParked(t, parked, payout.ReversalRefused)
		p.requireConvertedBack(t, payout.Cancelled, 0, 0)
	})

	t.Run("when a person has reversed it in the dashboard, in two parts at two rates", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, noAccount)
		h := p.begin(t)
		byHand := func(amount string) {
			p.post(t, "/v1/transfers/"+p.onRecord(t).TransferID+"/reversals", url.Values{"amount": {amount}})
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		}
		h.at(4*days, func() { byHand("2000") })
		parked := p.look(h, 5*days)
		h.at(6*days, func() {
			p.rate(t, "eur", "0.75")
			byHand("3000")
		})

		p.pay(h)

		requireParked(t, parked, payout.PartlyReversed)
		p.requireConvertedBack(t, payout.Cancelled, 3960-1584-2228, 0)
	})

	t.Run("when a person has reversed a part, and we reverse the rest", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, noAccount)
		h := p.begin(t)
		h.at(4*days, func() {
			p.post(t, "/v1/transfers/"+p.onRecord(t).TransferID+"/reversals", url.Values{"amount": {"2000"}})
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		h.ask(5*days, workflows.UpdateCancel, operator())

		p.pay(h)

		require.Equal(t, 2, p.effects("reversal.applied"))
		p.requireConvertedBack(t, payout.Cancelled, 0, 0)
	})

	t.Run("although the account cannot be read any more when the reversal was made", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, noAccount)
		h := p.begin(t)
		h.at(4*days, func() {
			p.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/refunds/*", Action: faults.Refuse, Status: 403, Code: "account_invalid", Count: faults.Forever})
		})
		h.ask(5*days, workflows.UpdateCancel, operator())
		parked := p.look(h, 5*days+3*hour)

		p.pay(h)

		requireParked(t, parked, payout.AccountDisconnected)
		p.requireConvertedBack(t, payout.Cancelled, 0, 0)
	})

	t.Run("at once if it is worth less than a minor unit there", func(t *testing.T) {
		t.Parallel()
		p := setupConvertedTo(t, "KW", "KWD", "0.0000001", goodBank)

		result := p.pay(p.begin(t))

		require.Equal(t, payout.Cancelled, result.Status)
		require.Equal(t, "nothing_arrived", p.onRecord(t).FailureCode)
		require.Equal(t, 1, p.effects("reversal.applied"))
		p.requireGivenBack(t, payout.Cancelled)
	})

	t.Run("if no bank takes so little, and is not sent again before it is more", func(t *testing.T) {
		t.Parallel()
		p := setupConvertedTo(t, "RS", "RSD", "50", goodBank) // 2,475.00 of at least 3,000.00

		result := p.pay(p.begin(t))

		require.Equal(t, payout.Cancelled, result.Status)
		require.Equal(t, "below_bank_minimum", p.onRecord(t).FailureCode)
		p.requireGivenBack(t, payout.Cancelled)
		again := p.payableIn(t, p.creator, "2026-W09")
		require.Equal(t, payout.Cancelled, again.pay(again.begin(t)).Status)
		require.Equal(t, 1, p.effects("transfer.applied"), "the gate knows the rate by now")
	})
}

func TestArrivalOfAConversion(t *testing.T) {
	t.Parallel()

	t.Run("is read again until Stripe shows it", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, goodBank)
		down, err := p.sim.Faults().Add(faults.Rule{Method: http.MethodGet, Path: "/v1/charges/*", Action: faults.ServerError, Count: faults.Forever})
		require.NoError(t, err)
		h := p.begin(t)
		parked := p.look(h, 5*hour)
		h.at(6*hour, func() { p.sim.Faults().Remove(down.ID) })

		p.pay(h)

		requireParked(t, parked, payout.ProcessorUnavailable)
		p.requireConverted(t, "EUR", received, 0)
	})

	t.Run("that never shows does not hold the money: a person can cancel", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, goodBank)
		p.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/charges/*", Action: faults.ServerError, Count: faults.Forever})
		h := p.begin(t)
		h.ask(2*days, workflows.UpdateCancel, operator())

		p.pay(h)

		require.Zero(t, p.effects("payout.applied"))
		require.Zero(t, p.stripeIn(t, p.creator.account, "EUR"))
		p.requireGivenBack(t, payout.Cancelled)
	})

	t.Run("in dollars after all is paid in dollars", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, goodBank)
		h := p.begin(t)
		h.during("RecordIntent", func() { p.replaceBank(t, p.creator.account, goodBank) }) // in dollars, after the gate

		p.pay(h)

		p.requirePaidOnce(t)
		require.Zero(t, p.balanceIn(t, ledger.FXClearing, "EUR"))
	})

	t.Run("in euros is paid in euros although the account had a bank account in dollars at the gate", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, goodBank)
		p.replaceBank(t, p.creator.account, goodBank)
		h := p.begin(t)
		h.during("RecordIntent", func() { p.dropBanks(t, "usd") })

		p.pay(h)

		p.requireConverted(t, "EUR", received, 0)
	})

	t.Run("is not available yet, and is paid when it is", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, goodBank)
		h := p.begin(t)
		h.OnActivity(activities.ReadArrival.Name, mock.Anything, mock.Anything).Return(rail.Settlement{
			TransactionID: "txn_1", SourceMinor: earnedMinor, SourceCurrency: "USD", AmountMinor: received, NetMinor: received,
			Currency: "EUR", ExchangeRate: "0.792", AvailableOn: start.Add(2 * days),
		}, nil)
		parked := p.look(h, 2*days-hour)
		sent := 0
		h.at(2*days-hour, func() { sent = p.effects("payout.applied") })
		paying := p.look(h, 2*days+hour)

		p.pay(h)

		requireParked(t, parked, payout.ConnectedBalance)
		require.Zero(t, sent)
		require.Equal(t, payout.PayingOut, paying.Status)
		p.requireConverted(t, "EUR", received, 0)
	})
}
