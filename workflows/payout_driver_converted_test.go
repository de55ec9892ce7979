package workflows_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/ledger"
)

// Sequences of events on a payout that Stripe converts, because the creator has a bank account in euros only.

// currency is that of the connected account.
func (d *driver) currency() string {
	if d.converts {
		return "eur"
	}
	return "usd"
}

func (d *driver) currencyOf(account string) string {
	if account == stripe.PlatformID {
		return "usd"
	}
	return d.currency()
}

// abroad makes the form of a bank account one in euros, for an account that has no other.
func (d *driver) abroad(form url.Values) {
	if d.converts {
		form.Set("external_account[country]", "DE")
		form.Set("external_account[currency]", "eur")
	}
}

// sentMinor is what the payout has on the connected account.
func (d *driver) sentMinor() int64 {
	if made := d.onRecordNow().Conversions; len(made) > 0 {
		return made[len(made)-1].PaidMinor()
	}
	return earnedMinor - d.feeMinor
}

// requireConversions says that Stripe and the books agree in both currencies: the platform has lost what the
// rates cost, and the account has what they brought. Without a conversion both are zero.
func (d *driver) requireConversions(paidMinor int64) {
	lost, kept := -d.balance(d.t, ledger.ExchangeDifferences), d.balanceIn(d.t, ledger.ExchangeDifferences, "EUR")
	require.Equal(d.t, platformMinor-paidMinor-lost, d.atStripe(stripe.PlatformID), "the platform's balance")
	require.Equal(d.t, kept, d.connected(), "the connected balance")
	require.Equal(d.t, kept, d.balanceIn(d.t, ledger.StripeConnected(d.creator.id), "EUR"), "the connected balance in the books")
	require.Zero(d.t, d.balanceIn(d.t, ledger.FXClearing, "EUR"), "between the currencies")
}

// rateMoves are what can happen to the rate.
var rateMoves = []hit{
	{"the rate falls", func(d *driver) { d.simulate("/conversion", `{"rates":{"eur":"0.77"}}`) }},
	{"the rate rises", func(d *driver) { d.simulate("/conversion", `{"rates":{"eur":"0.83"}}`) }},
	{"the rate rises much", func(d *driver) { d.simulate("/conversion", `{"rates":{"eur":"0.87"}}`) }},
	{"Stripe lists its fee", func(d *driver) { d.simulate("/conversion", `{"transfer_fee_listed":true}`) }},
}

func TestNoDeadEndsOfConvertedPayouts(t *testing.T) {
	t.Parallel()

	for seed := range *payoutSequences / 8 {
		t.Run(fmt.Sprintf("sequence %d ends, equals Stripe, and the creator is paid", seed), func(t *testing.T) {
			t.Parallel()
			p := setupConverted(t, []string{goodBank, goodBank, noAccount, returning}[seed%4])
			d := &driver{
				payable: p, t: t, random: rand.New(rand.NewPCG(uint64(seed), 10)), drained: map[string]int64{}, kinds: &kinds{count: map[string]int{}},
				converts: true, restores: seed%5 == 4,
			}
			if !d.restores && seed%3 > 0 { // what a restore loses cannot be told from what a rate has changed
				d.planned = append(d.planned, planned{moments[d.random.IntN(len(moments))], rateMoves[d.random.IntN(len(rateMoves))]})
			}

			d.playToTheEnd()
		})
	}
}
