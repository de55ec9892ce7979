package db_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

// payoutModel says in a few lines what a payout's record must allow and where its money
// then is. Anything may be told at any time: twice, late, and about the wrong object.
type payoutModel struct {
	attempts map[payout.Phase][]modelAttempt
	ended    bool
}

type modelAttempt struct {
	outcome, externalID string
	paid                bool
}

func (m *payoutModel) alive(phase payout.Phase) bool {
	return m.is(phase, "unknown") || m.is(phase, "applied")
}

func (m *payoutModel) is(phase payout.Phase, outcome string) bool {
	attempts := m.attempts[phase]
	return len(attempts) > 0 && attempts[len(attempts)-1].outcome == outcome
}

// hasAccount reports whether the payout has money on the creator's account, or on its way there.
func (m *payoutModel) hasAccount() bool {
	return !m.ended && m.alive(payout.Transfer) && !m.is(payout.BankPayout, "applied")
}

// intend returns the generation to expect, or the code of the refusal. busy is whether another
// payout has the creator's account.
func (m *payoutModel) intend(phase payout.Phase, busy bool) (generation int, fresh bool, code string) {
	switch {
	case m.alive(phase):
		return len(m.attempts[phase]), false, ""
	case m.ended:
		return 0, false, "payout_ended"
	case phase == payout.Transfer && busy:
		return 0, false, "account_busy"
	case phase != payout.Transfer && !m.is(payout.Transfer, "applied"):
		return 0, false, "transfer_not_applied"
	case phase == payout.Reversal && m.alive(payout.BankPayout):
		return 0, false, "bank_payout_alive"
	case phase == payout.BankPayout && m.alive(payout.Reversal):
		return 0, false, "reversal_alive"
	}
	m.attempts[phase] = append(m.attempts[phase], modelAttempt{outcome: "unknown"})
	return len(m.attempts[phase]), true, ""
}

// settle moves an attempt on, or returns the code of the refusal.
func (m *payoutModel) settle(result payout.Outcome, from, to string) (moved *modelAttempt, code string) {
	if result.Generation > len(m.attempts[result.Phase]) {
		return nil, "attempt_mismatch"
	}
	attempt := &m.attempts[result.Phase][result.Generation-1]
	same := attempt.externalID == "" || result.ExternalID == "" || attempt.externalID == result.ExternalID
	switch {
	case same && attempt.outcome == from:
		attempt.outcome = to
		if result.ExternalID != "" {
			attempt.externalID = result.ExternalID
		}
		return attempt, ""
	case same && (attempt.outcome == to || to == "applied" && attempt.outcome == "undone"):
		return nil, ""
	}
	return nil, "attempt_mismatch"
}

func (m *payoutModel) cancel() (code string) {
	if m.alive(payout.Transfer) {
		return "money_not_back"
	}
	m.ended = true
	return ""
}

// where returns the one account that has the creator's money; empty if the bank has it.
func (m *payoutModel) where(creatorID string) ledger.Account {
	switch {
	case m.ended:
		return ledger.CreatorAvailable(creatorID)
	case !m.is(payout.Transfer, "applied"):
		return ledger.CreatorInTransit(creatorID)
	case m.is(payout.BankPayout, "applied") && m.attempts[payout.BankPayout][len(m.attempts[payout.BankPayout])-1].paid:
		return ""
	}
	return ledger.CreatorConnected(creatorID)
}

func TestPayoutRecordsFollowTheModel(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	store := dbtest.Open(t, url)
	ctx := t.Context()

	rapid.Check(t, func(t *rapid.T) {
		creatorID, payoutID := reserveIn(t, url, store)
		model := &payoutModel{attempts: map[payout.Phase][]modelAttempt{}}
		told := map[string]func() (wanted string, err error){
			"intent": func() (string, error) {
				phase := rapid.SampledFrom([]payout.Phase{payout.Transfer, payout.BankPayout, payout.Reversal}).Draw(t, "phase")
				generation, fresh, code := model.intend(phase, false)
				intent, err := store.Payouts.RecordIntent(ctx, payoutID, phase, 0, world.Now)
				if code == "" && err == nil {
					require.Equal(t, generation, intent.Generation)
					require.Equal(t, fresh, intent.Fresh)
					require.Equal(t, payout.IdempotencyKey(payoutID, phase, generation), intent.IdempotencyKey)
					require.Equal(t, model.is(phase, "applied"), intent.Applied)
				}
				return code, err
			},
			"refused": func() (string, error) {
				result := anyResult(t, model, payoutID, rapid.SampledFrom([]payout.Phase{payout.Transfer, payout.BankPayout, payout.Reversal}).Draw(t, "phase"))
				result.ExternalID, result.FailureCode = "", "declined"
				_, code := model.settle(result, "unknown", "refused")
				return code, store.Payouts.RecordRefused(ctx, result)
			},
			"transferred": func() (string, error) {
				result := anyResult(t, model, payoutID, payout.Transfer)
				_, code := model.settle(result, "unknown", "applied")
				return code, store.Payouts.RecordTransferred(ctx, result)
			},
			"accepted": func() (string, error) {
				result := anyResult(t, model, payoutID, payout.BankPayout)
				_, code := model.settle(result, "unknown", "applied")
				return code, store.Payouts.RecordBankPayoutAccepted(ctx, result)
			},
			"paid": func() (string, error) {
				result := anyResult(t, model, payoutID, payout.BankPayout)
				moved, code := model.settle(result, "applied", "applied")
				if moved != nil {
					moved.paid = true
				}
				return code, store.Payouts.RecordBankPayoutPaid(ctx, result)
			},
			"failed": func() (string, error) {
				result := anyResult(t, model, payoutID, payout.BankPayout)
				result.FailureCode = "account_closed"
				_, code := model.settle(result, "applied", "undone")
				return code, store.Payouts.RecordBankPayoutFailed(ctx, result)
			},
			"reversed": func() (string, error) {
				result := anyResult(t, model, payoutID, payout.Reversal)
				moved, code := model.settle(result, "unknown", "undone")
				if moved != nil {
					transfers := model.attempts[payout.Transfer]
					transfers[len(transfers)-1].outcome = "undone"
				}
				return code, store.Payouts.RecordReversed(ctx, result)
			},
			"cancel": func() (string, error) {
				return model.cancel(), store.Payouts.Cancel(ctx, payoutID, payout.Cancelled, world.Now)
			},
		}
		// What leads on comes more often than what ends, or few sequences would get far.
		names := []string{"intent", "intent", "intent", "intent", "transferred", "transferred", "accepted", "accepted", "paid", "paid", "refused", "failed", "reversed", "cancel"}
		for range rapid.IntRange(10, 30).Draw(t, "steps") {
			name := rapid.SampledFrom(names).Draw(t, "step")

			wanted, err := told[name]()

			require.Equal(t, wanted, fault.CodeOf(err), "%s: %v", name, err)
			require.Equal(t, wanted == "", err == nil, "%s: %v", name, err)
			requireMoneyAt(t, store, creatorID, model.where(creatorID))
		}
		dbtest.RequireBooksInOrder(t, store)
	})
}

// anyResult is news of some generation, usually the newest, mostly about its own object.
func anyResult(t *rapid.T, m *payoutModel, payoutID string, phase payout.Phase) payout.Outcome {
	newest := max(1, len(m.attempts[phase]))
	generation := rapid.SampledFrom([]int{newest, newest, newest, max(1, newest-1), newest + 1}).Draw(t, "generation")
	object := rapid.SampledFrom([]string{"own", "own", "own", "own", "another"}).Draw(t, "object")
	return payout.Outcome{
		PayoutID: payoutID, Phase: phase, Generation: generation, Now: world.Now,
		ExternalID: fmt.Sprintf("%s_%s_%d_%s", object, phase, generation, payoutID),
	}
}

const reservedMinor = 5000

// reserveIn reserves a payout of a creator who has nothing else.
func reserveIn(t dbtest.T, url string, store *books.Books) (creatorID, payoutID string) {
	w := world.In(t, url, store, 1, nil)
	_, err := store.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 10_000))
	require.NoError(t, err)
	_, err = store.Earnings.ReleaseHolds(t.Context(), world.Now.Add(w.Terms.Hold.Std()), 100)
	require.NoError(t, err)
	runID, err := store.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), world.Now)
	require.NoError(t, err)
	reserved, err := store.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: runID, CreatorID: w.CreatorIDs[0], Currency: "USD", MinimumMinor: 1, Now: world.Now})
	require.NoError(t, err)
	require.Equal(t, int64(reservedMinor), reserved.AmountMinor)
	return w.CreatorIDs[0], reserved.PayoutID
}

// requireMoneyAt holds that one account has all of the creator's money, and that what lies
// on the connected account is what we owe there.
func requireMoneyAt(t dbtest.T, store *books.Books, creatorID string, where ledger.Account) {
	for _, account := range []ledger.Account{
		ledger.CreatorAvailable(creatorID), ledger.CreatorInTransit(creatorID), ledger.CreatorConnected(creatorID), ledger.StripeConnected(creatorID),
	} {
		wantedMinor := int64(0)
		if account == where || account == ledger.StripeConnected(creatorID) && where == ledger.CreatorConnected(creatorID) {
			wantedMinor = reservedMinor
		}
		balanceMinor, err := store.Journal.GetBalance(t.Context(), account, "USD")
		require.NoError(t, err)
		require.Equal(t, wantedMinor, balanceMinor, account)
	}
}
