package workflows_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/workflows"
)

// depositInEuros is a deposit of 100.00 EUR that is not created yet.
func (a *abroad) depositInEuros() workflows.DepositInput {
	return workflows.DepositInput{
		Deposit:       funding.NewDeposit{ID: uuid.NewString(), OrganizationID: a.organizationID, Currency: "EUR", AmountMinor: 10_000, RequestedBy: "brand"},
		PaymentMethod: "pm_card_bypassPending", CheckInterval: checkInterval,
	}
}

// deposit runs a deposit, and returns the answer to the brand.
func (a *abroad) deposit(t *testing.T, input workflows.DepositInput) (workflows.DepositResult, *answer) {
	t.Helper()
	h := a.begin(t)
	created := h.ask(0, workflows.UpdateCreated)
	result := completed[workflows.DepositResult](h, workflows.Deposit, input)
	return result, created
}

// addBank adds a bank account in euros to the platform.
func (a *abroad) addBank(t *testing.T) { a.control(t, "/platform/banks", `{"currency":"eur"}`) }

// paymentsMade counts the payments at Stripe. The live campaign has one.
func (a *abroad) paymentsMade(t *testing.T) int {
	t.Helper()
	return len(a.call(t, http.MethodGet, "/v1/payment_intents", "", "", "")["data"].([]any)) - 1
}

func TestDepositInACurrencyThatDoesNotSettle(t *testing.T) {
	t.Parallel()

	t.Run("is refused before the brand pays, and is accepted once there is a bank account", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		a.pass(t)
		input := a.depositInEuros()

		refused, created := a.deposit(t, input)
		made := a.paymentsMade(t)
		_, missing := a.store.Funding.GetDeposit(t.Context(), input.Deposit.ID)
		a.addBank(t)
		accepted, again := a.deposit(t, input)

		require.Equal(t, workflows.DepositResult{}, refused)
		require.Equal(t, funding.CurrencyNotSettled, fault.CodeOf(created.failed))
		require.ErrorContains(t, created.failed, "pay in one of USD")
		require.Zero(t, made)
		require.Equal(t, "deposit_not_found", fault.CodeOf(missing))
		require.NoError(t, again.failed)
		require.Equal(t, funding.DepositReceived, accepted.Status)
		require.Equal(t, int64(10_000), a.balanceIn(t, ledger.OrganizationBalance(a.organizationID), "EUR"))
		a.requireBooksInOrder(t)
	})

	t.Run("is refused by the stored reading while Stripe cannot be read, but not for ever", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		a.pass(t)
		a.addBank(t)
		a.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/account", Action: faults.ServerError, Count: faults.Forever})

		_, early := a.deposit(t, a.depositInEuros())
		a.later(time.Hour)
		late, created := a.deposit(t, a.depositInEuros())

		require.Equal(t, funding.CurrencyNotSettled, fault.CodeOf(early.failed))
		require.NoError(t, created.failed)
		require.Equal(t, funding.DepositReceived, late.Status)
	})

	t.Run("is accepted by a reading that turned wrong since, and is refunded", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		a.addBank(t)
		a.pass(t)
		a.control(t, "/platform/banks", `{"currency":"eur","enabled":false}`)

		result, created := a.deposit(t, a.depositInEuros())

		require.NoError(t, created.failed)
		require.Equal(t, funding.DepositDeclined, result.Status)
		require.Equal(t, int64(10_000), a.standing(t, result.PaymentIntentID).BackMinor)
		a.requireExplained(t, 0, 0)
	})

	t.Run("is accepted if Stripe does not show the bank accounts", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		a.control(t, "/conversion", `{"enabled":false}`)
		a.pass(t)

		result, created := a.deposit(t, a.depositInEuros())

		require.NoError(t, created.failed)
		require.Equal(t, funding.DepositReceived, result.Status)
	})
}

func TestDepositInACurrencyThatDoesNotSettleIsRefusedOnce(t *testing.T) {
	t.Parallel()
	for clause, rule := range misfortunesAt(step{"CreateDeposit", 1}, step{"ListSettledCurrencies", 1}, step{"RecordSettledCurrencies", 1}, step{"CreateDeposit", 2}) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			a := setupAbroad(t)
			a.pass(t)
			input := a.depositInEuros()
			a.befall(t, rule)

			survive[workflows.DepositResult](func() *history { return a.begin(t) }, workflows.Deposit, input)

			_, missing := a.store.Funding.GetDeposit(t.Context(), input.Deposit.ID)
			require.Equal(t, "deposit_not_found", fault.CodeOf(missing))
			require.Zero(t, a.paymentsMade(t))
		})
	}
}

func TestCampaignInACurrencyThatDoesNotSettle(t *testing.T) {
	t.Parallel()

	t.Run("is not funded and changes nothing, until there is a bank account", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		// The platform bears Stripe's fee, which the refund after the end needs.
		a.payIn(t, 1_000, "EUR")
		a.pass(t)
		b := a.campaignInEuros(t)
		h := a.begin(t)
		refused := b.fund(h, "pm_card_bypassPending")
		made := 0
		h.at(time.Hour, func() {
			made = a.paymentsMade(t)
			a.addBank(t)
		})
		between := b.status(h, 2*time.Hour)
		again := h.ask(3*time.Hour, workflows.UpdateFund, workflows.Fund{PaymentMethod: "pm_card_bypassPending", Actor: "brand"})
		funded := int64(0)
		h.at(4*time.Hour, func() { funded = b.onRecord(t).FundedMinor })
		h.ask(5*time.Hour, workflows.UpdateTransition, asks(campaign.Cancel))

		result := b.live(h)

		require.Equal(t, funding.CurrencyNotSettled, fault.CodeOf(refused.failed))
		require.Zero(t, made)
		require.Equal(t, campaign.Approved, *between)
		require.NoError(t, again.failed)
		require.Equal(t, int64(10_000), funded)
		require.Equal(t, campaign.Cancelled, result.Status)
		require.Equal(t, 1, a.paymentsMade(t))
		a.requireBooksInOrder(t)
	})

	t.Run("can be paid out of the brand's balance, which is not converted", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		a.addBank(t)
		a.deposit(t, a.depositInEuros())
		a.control(t, "/platform/banks", `{"currency":"eur","enabled":false}`)
		a.pass(t)
		b := a.campaignInEuros(t)
		h := a.begin(t)
		funded := b.fundFromBalance(h)
		h.ask(3*time.Hour, workflows.UpdateTransition, asks(campaign.Cancel))

		result := b.live(h)

		require.NoError(t, funded.failed)
		require.Equal(t, campaign.Cancelled, result.Status)
	})
}

func TestComparisonReadsTheSettledCurrencies(t *testing.T) {
	t.Parallel()

	t.Run("and does not fail when Stripe does not show them", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		a.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/account", Action: faults.Refuse, Status: http.StatusForbidden, Code: "more_permissions_required", Count: faults.Forever})

		a.pass(t) // it completes

		settled, err := a.store.Funding.GetSettled(t.Context())
		require.NoError(t, err)
		require.Zero(t, settled)
	})

	t.Run("and stores what it read last", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		a.pass(t)
		first, err := a.store.Funding.GetSettled(t.Context())
		require.NoError(t, err)
		a.addBank(t)

		a.pass(t)

		last, err := a.store.Funding.GetSettled(t.Context())
		require.NoError(t, err)
		require.ElementsMatch(t, []string{"USD"}, codes(first))
		require.ElementsMatch(t, []string{"EUR", "USD"}, codes(last))
		require.True(t, last.At.After(first.At))
	})
}

func codes(settled funding.Settled) (all []string) {
	for _, currency := range settled.Currencies {
		all = append(all, string(currency))
	}
	return all
}
