package corrections_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

// outside proposes to settle a payout outside.
func outside(payoutID string, how correction.How) correction.Proposal {
	return correction.Proposal{
		ID: uuid.NewString(), Kind: correction.SettlePayout, Currency: "USD", PayoutID: payoutID, How: how, ProposedBy: "ann",
		Reason: "no rule can settle it", Evidence: "the bank statement of 2 March", Reference: "po_outside", Now: world.Now,
	}
}

// sending takes a reserved payout of 5,000 one step after the other.
type sending struct {
	*world.World
	id string
}

func setupPayout(t *testing.T) sending {
	t.Helper()
	w, id := world.ReservedPayout(t)
	return sending{w, id}
}

func (s sending) begin(t *testing.T, phase payout.Phase) payout.Outcome {
	t.Helper()
	intent, err := s.Payouts.RecordIntent(t.Context(), s.id, phase, 0, world.Now)
	require.NoError(t, err)
	return payout.Outcome{PayoutID: s.id, Phase: phase, Generation: intent.Generation, ExternalID: string(phase) + "_1", Now: world.Now}
}

func (s sending) transfer(t *testing.T) {
	t.Helper()
	require.NoError(t, s.Payouts.RecordTransferred(t.Context(), s.begin(t, payout.Transfer)))
}

func (s sending) payBank(t *testing.T) payout.Outcome {
	t.Helper()
	bank := s.begin(t, payout.BankPayout)
	require.NoError(t, s.Payouts.RecordBankPayoutAccepted(t.Context(), bank))
	return bank
}

// accounts are the balances that a payout moves.
type accounts struct{ available, inTransit, connected, stripeConnected, losses, capital int64 }

func (s sending) accounts(t *testing.T) accounts {
	t.Helper()
	creatorID := s.CreatorIDs[0]
	return accounts{
		available: s.Balance(t, ledger.CreatorAvailable(creatorID)), inTransit: s.Balance(t, ledger.CreatorInTransit(creatorID)),
		connected: s.Balance(t, ledger.CreatorConnected(creatorID)), stripeConnected: s.Balance(t, ledger.StripeConnected(creatorID)),
		losses: s.Balance(t, ledger.PlatformLosses), capital: s.Balance(t, ledger.PlatformCapital),
	}
}

func (s sending) detail(t *testing.T) (payout.Status, map[payout.Phase]payout.AttemptStatus) {
	t.Helper()
	detail, err := s.Payouts.Get(t.Context(), s.id)
	require.NoError(t, err)
	attempts := map[payout.Phase]payout.AttemptStatus{}
	for _, attempt := range detail.Attempts {
		attempts[attempt.Phase] = attempt.Outcome
	}
	return detail.Status, attempts
}

func TestSettlePayout(t *testing.T) {
	t.Parallel()

	t.Run("books a bank payout that arrived although Stripe never says so", func(t *testing.T) {
		t.Parallel()
		s := setupPayout(t)
		s.transfer(t)
		bank := s.payBank(t)

		decided := s.Correct(t, outside(s.id, correction.PaidToCreator))

		require.Equal(t, []any{s.CreatorIDs[0], int64(5000), int64(5000)}, []any{decided.CreatorID, decided.AmountMinor, decided.CorrectedMinor})
		require.Len(t, decided.EntryIDs, 1)
		require.Equal(t, accounts{}, s.accounts(t))
		status, attempts := s.detail(t)
		require.Equal(t, payout.Settled, status)
		require.Equal(t, map[payout.Phase]payout.AttemptStatus{payout.Transfer: payout.AttemptApplied, payout.BankPayout: payout.AttemptSettled}, attempts)
		s.RequireBooksInOrder(t)

		for name, late := range map[string]error{
			"paid":     s.Payouts.RecordBankPayoutPaid(t.Context(), bank),
			"failed":   s.Payouts.RecordBankPayoutFailed(t.Context(), bank),
			"accepted": s.Payouts.RecordBankPayoutAccepted(t.Context(), bank),
			"parked":   s.Payouts.Park(t.Context(), s.id, payout.NeedsAttention, payout.BankPayoutLate, ""),
			"returned": s.Payouts.Cancel(t.Context(), s.id, payout.Returned, world.Now),
		} {
			require.Equal(t, "payout_ended", fault.CodeOf(late), name)
		}
		_, again := s.Payouts.RecordIntent(t.Context(), s.id, payout.BankPayout, 0, world.Now)
		require.Equal(t, "payout_ended", fault.CodeOf(again))
		require.Equal(t, accounts{}, s.accounts(t), "a late event books nothing")
		s.RequireBooksInOrder(t)
	})

	t.Run("counts as paid for the campaign and for what the creator can be paid", func(t *testing.T) {
		t.Parallel()
		s := setupPayout(t)
		s.transfer(t)

		s.Correct(t, outside(s.id, correction.PaidToCreator))

		facts := s.Facts(t)
		require.Zero(t, facts.InFlightMinor)
		require.Zero(t, facts.UnpaidMinor)
		eligible, err := s.Payouts.ListCandidates(t.Context(), payout.CandidatePage{RunID: uuid.NewString(), MinimumMinor: payout.EveryMinimum(1), Limit: 10})
		require.NoError(t, err)
		require.Empty(t, eligible)
		detail, err := s.Payouts.Get(t.Context(), s.id)
		require.NoError(t, err)
		count, err := s.Payouts.Count(t.Context(), payout.RunCount{RunID: detail.RunID})
		require.NoError(t, err)
		require.Zero(t, count.AtWork)
	})

	t.Run("books what was paid elsewhere against the platform's capital", func(t *testing.T) {
		t.Parallel()
		s := setupPayout(t)
		s.begin(t, payout.Transfer) // without an answer
		require.NoError(t, s.Payouts.Park(t.Context(), s.id, payout.NeedsAttention, payout.OutcomeUnknown, ""))

		s.Correct(t, outside(s.id, correction.PaidToCreator))

		require.Equal(t, accounts{capital: 5000}, s.accounts(t))
		status, attempts := s.detail(t)
		require.Equal(t, payout.Settled, status)
		require.Equal(t, payout.AttemptSettled, attempts[payout.Transfer])
		late := s.Payouts.RecordTransferred(t.Context(), payout.Outcome{PayoutID: s.id, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_late", Now: world.Now})
		require.Equal(t, "payout_ended", fault.CodeOf(late))
		s.RequireBooksInOrder(t)
	})

	t.Run("makes lost money payable again, at the platform's loss", func(t *testing.T) {
		t.Parallel()
		s := setupPayout(t)
		s.transfer(t)
		bank := s.payBank(t)
		bank.FailureCode = "account_closed"
		require.NoError(t, s.Payouts.RecordBankPayoutFailed(t.Context(), bank))

		s.Correct(t, outside(s.id, correction.Lost))

		require.Equal(t, accounts{available: 5000, losses: 5000}, s.accounts(t))
		status, _ := s.detail(t)
		require.Equal(t, payout.Returned, status)
		require.Equal(t, int64(5000), s.Facts(t).UnpaidMinor)
		s.RequireBooksInOrder(t)
		released := s.Payouts.Cancel(t.Context(), s.id, payout.Returned, world.Now)
		require.Equal(t, "payout_ended", fault.CodeOf(released), "its reservation is not released as well")
		again := reserve(t, s.World, s.CreatorIDs[0])
		require.Equal(t, int64(5000), amountOf(t, s.World, again))
		s.RequireBooksInOrder(t)
		for _, payoutID := range []string{s.id, again} {
			explained, err := s.Audit.ExplainPayout(t.Context(), payoutID, db.Page{Size: 10})
			require.NoError(t, err)
			world.RequireAddsUp(t, explained)
		}
	})

	t.Run("pays the creator's debt from lost money first", func(t *testing.T) {
		t.Parallel()
		s := setupPayout(t)
		s.transfer(t)
		s.Correct(t, s.Clawback(0, 2000))
		require.Equal(t, int64(2000), s.Balance(t, ledger.CreatorReceivable(s.CreatorIDs[0])))

		s.Correct(t, outside(s.id, correction.Lost))

		require.Zero(t, s.Balance(t, ledger.CreatorReceivable(s.CreatorIDs[0])))
		require.Equal(t, int64(3000), s.Balance(t, ledger.CreatorAvailable(s.CreatorIDs[0])))
		s.RequireBooksInOrder(t)
	})

	t.Run("settles a payout once, although two were proposed", func(t *testing.T) {
		t.Parallel()
		s := setupPayout(t)
		s.transfer(t)
		other := outside(s.id, correction.Lost)
		_, err := s.Corrections.Propose(t.Context(), other)
		require.NoError(t, err)

		s.Correct(t, outside(s.id, correction.PaidToCreator))
		_, approved := s.Corrections.Decide(t.Context(), world.Approve(other.ID))
		_, proposed := s.Corrections.Propose(t.Context(), outside(s.id, correction.PaidToCreator))

		require.Equal(t, "payout_ended", fault.CodeOf(approved))
		require.Equal(t, "payout_ended", fault.CodeOf(proposed))
		read, err := s.Corrections.Get(t.Context(), other.ID)
		require.NoError(t, err)
		require.Equal(t, correction.Proposed, read.Status, "it can still be rejected")
		require.Equal(t, accounts{}, s.accounts(t))
		s.RequireBooksInOrder(t)
	})
}

func TestPayoutsThatCannotBeSettled(t *testing.T) {
	t.Parallel()

	for _, status := range []payout.Status{payout.Paid, payout.NeedsAttention} {
		t.Run("one that is paid, shown as "+string(status), func(t *testing.T) {
			t.Parallel()
			s := setupPayout(t)
			s.transfer(t)
			require.NoError(t, s.Payouts.RecordBankPayoutPaid(t.Context(), s.payBank(t)))
			if status == payout.NeedsAttention {
				require.NoError(t, s.Payouts.Park(t.Context(), s.id, status, payout.BankPayoutUnread, ""))
			}

			for _, how := range []correction.How{correction.PaidToCreator, correction.Lost} {
				_, err := s.Corrections.Propose(t.Context(), outside(s.id, how))

				require.Equal(t, "payout_paid", fault.CodeOf(err))
				require.True(t, fault.Is(err, fault.Conflict))
			}
			s.RequireBooksInOrder(t)
		})
	}

	t.Run("one whose bank payout was paid since it was proposed", func(t *testing.T) {
		t.Parallel()
		s := setupPayout(t)
		s.transfer(t)
		bank := s.payBank(t)
		propose := outside(s.id, correction.PaidToCreator)
		_, err := s.Corrections.Propose(t.Context(), propose)
		require.NoError(t, err)
		require.NoError(t, s.Payouts.RecordBankPayoutPaid(t.Context(), bank))

		_, approved := s.Corrections.Decide(t.Context(), world.Approve(propose.ID))

		require.Equal(t, "payout_paid", fault.CodeOf(approved))
		require.Equal(t, accounts{}, s.accounts(t))
		s.RequireBooksInOrder(t)
	})

	t.Run("those whose facts are wrong", func(t *testing.T) {
		t.Parallel()
		s := setupPayout(t)
		change := func(how correction.How, change func(*correction.Proposal)) correction.Proposal {
			p := outside(s.id, how)
			change(&p)
			return p
		}
		for code, propose := range map[string]correction.Proposal{
			"transfer_not_applied": outside(s.id, correction.Lost),
			"payout_not_found":     outside(uuid.NewString(), correction.PaidToCreator),
			"wrong_currency":       change(correction.PaidToCreator, func(p *correction.Proposal) { p.Currency = "EUR" }),
			"amount_differs":       change(correction.PaidToCreator, func(p *correction.Proposal) { p.AmountMinor = 4999 }),
			"evidence_missing":     change(correction.PaidToCreator, func(p *correction.Proposal) { p.Evidence = " " }),
			"unknown_how":          change("given_away", func(*correction.Proposal) {}),
		} {
			_, err := s.Corrections.Propose(t.Context(), propose)

			require.Equal(t, code, fault.CodeOf(err), err)
		}
		s.RequireBooksInOrder(t)
	})

	t.Run("none of them by one person, or without evidence, in the database either", func(t *testing.T) {
		t.Parallel()
		s := setupPayout(t)
		_, err := s.Corrections.Propose(t.Context(), outside(s.id, correction.PaidToCreator))
		require.NoError(t, err)
		owner := dbtest.Connect(t, s.URL)

		_, alone := owner.Exec(t.Context(), "UPDATE corrections SET status = 'approved', decided_by = 'ANN', decided_at = now()")
		require.Equal(t, "corrections_two_people_check", dbtest.Constraint(alone))
		for constraint, wrong := range map[string]string{
			"corrections_settled_check": "'settle_payout', payout_id, how, ' '",
			"corrections_how_check":     "'settle_payout', payout_id, NULL, 'r'",
			"corrections_payout_check":  "'settle_payout', NULL, how, 'r'",
		} {
			_, err := owner.Exec(t.Context(), "INSERT INTO corrections (id, kind, payout_id, how, reference, currency, amount_minor, postings, proposed_by, proposed_at, reason, evidence, request_hash) "+
				"SELECT gen_random_uuid(), "+wrong+", currency, amount_minor, postings, proposed_by, proposed_at, reason, evidence, request_hash FROM corrections")
			require.Equal(t, constraint, dbtest.Constraint(err))
		}
	})
}
