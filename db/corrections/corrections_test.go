package corrections_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

// adjustment debits an account of the world against the platform's fees.
func adjustment(w *world.World, account ledger.Account, amountMinor int64) correction.Proposal {
	return correction.Proposal{
		ID: uuid.NewString(), Kind: correction.Adjustment, Currency: w.Terms.Currency, CampaignID: w.CampaignID,
		Postings:   []ledger.Posting{{Account: account, AmountMinor: amountMinor}, {Account: ledger.PlatformFees, AmountMinor: -amountMinor}},
		ProposedBy: "ann", Reason: "goodwill", Now: world.Now,
	}
}

func TestCorrectionsTakeTwoPeople(t *testing.T) {
	t.Parallel()

	t.Run("posts nothing before another person has approved, and then once", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 1000)
		propose := w.Clawback(0, 0)

		proposed, err := w.Corrections.Propose(t.Context(), propose)
		require.NoError(t, err)
		alone := world.Approve(propose.ID)
		for _, sameAgain := range []string{"ann", "Ann", "ANN", " ann", "ann\t"} {
			alone.Actor = sameAgain
			_, byProposer := w.Corrections.Decide(t.Context(), alone)
			require.True(t, fault.Is(byProposer, fault.Denied))
			require.Equal(t, "same_person", fault.CodeOf(byProposer), sameAgain)
		}
		before := w.Facts(t).SpentMinor
		decided, err := w.Corrections.Decide(t.Context(), world.Approve(propose.ID))
		require.NoError(t, err)
		again, err := w.Corrections.Decide(t.Context(), world.Approve(propose.ID))
		require.NoError(t, err)

		require.Equal(t, correction.Proposed, proposed.Status)
		require.Equal(t, []string{w.CampaignID, w.CreatorIDs[0]}, []string{proposed.CampaignID, proposed.CreatorID})
		require.Equal(t, int64(500), before)
		require.Zero(t, w.Facts(t).SpentMinor)
		require.Equal(t, "bob", decided.DecidedBy)
		require.Equal(t, decided, again)
		read, err := w.Corrections.Get(t.Context(), propose.ID)
		require.NoError(t, err)
		require.Equal(t, decided, read)
		w.RequireBooksInOrder(t)
	})

	t.Run("keeps a decision, and a rejected one posts nothing", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 1000)
		propose := w.Clawback(0, 0)
		_, err := w.Corrections.Propose(t.Context(), propose)
		require.NoError(t, err)
		reject := world.Approve(propose.ID)
		reject.Approve = false

		rejected, err := w.Corrections.Decide(t.Context(), reject)
		require.NoError(t, err)
		_, err = w.Corrections.Decide(t.Context(), world.Approve(propose.ID))

		require.Equal(t, "correction_decided", fault.CodeOf(err))
		require.Equal(t, correction.Rejected, rejected.Status)
		require.Empty(t, rejected.EntryIDs)
		require.Equal(t, int64(500), w.Facts(t).SpentMinor)
	})

	t.Run("stores a proposal once, and refuses another one under its id", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		propose := adjustment(w, ledger.CreatorAvailable(w.CreatorIDs[0]), -500)
		first, err := w.Corrections.Propose(t.Context(), propose)
		require.NoError(t, err)
		later, other := propose, propose
		later.Now = world.Now.Add(time.Hour)
		other.Reason = "something else"

		again, err := w.Corrections.Propose(t.Context(), later)
		require.NoError(t, err)
		_, reused := w.Corrections.Propose(t.Context(), other)

		require.Equal(t, first, again)
		require.Equal(t, "correction_exists", fault.CodeOf(reused))
		page, err := w.Corrections.List(t.Context(), correction.Proposed, db.Page{Size: 10})
		require.NoError(t, err)
		require.Len(t, page, 1)
		require.Equal(t, first.ID, page[0].ID)
	})

	t.Run("approves once for many who approve at once", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		propose := adjustment(w, ledger.CreatorAvailable(w.CreatorIDs[0]), -500)
		_, err := w.Corrections.Propose(t.Context(), propose)
		require.NoError(t, err)

		var callers sync.WaitGroup
		for range 6 {
			callers.Go(func() {
				_, err := w.Corrections.Decide(t.Context(), world.Approve(propose.ID))
				assert.NoError(t, err)
			})
		}
		callers.Wait()

		requireCreator(t, w, w.CreatorIDs[0], 0, 500, 0)
		w.RequireBooksInOrder(t)
	})

	t.Run("leaves nothing behind when the process dies in the middle, and can be approved again", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 1000)
		w.Release(t)
		propose := w.Clawback(0, 0)
		_, err := w.Corrections.Propose(t.Context(), propose)
		require.NoError(t, err)
		owner := dbtest.Connect(t, w.URL)
		creator, err := dbtest.Connect(t, w.URL).Begin(t.Context())
		require.NoError(t, err)
		_, err = creator.Exec(t.Context(), "SELECT FROM creators WHERE id = $1 FOR UPDATE", w.CreatorIDs[0])
		require.NoError(t, err)

		died := make(chan error)
		go func() {
			_, err := w.Corrections.Decide(t.Context(), world.Approve(propose.ID))
			died <- err
		}()
		dbtest.AwaitBlocked(t, w.URL, 1)
		_, err = owner.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
		require.NoError(t, err)
		require.True(t, fault.Is(<-died, fault.Unavailable))
		require.NoError(t, creator.Rollback(t.Context()))
		read, err := w.Corrections.Get(t.Context(), propose.ID)
		require.NoError(t, err)
		require.Equal(t, correction.Proposed, read.Status)
		requireCreator(t, w, w.CreatorIDs[0], 0, 500, 0)
		_, err = w.Corrections.Decide(t.Context(), world.Approve(propose.ID))
		require.NoError(t, err)

		requireCreator(t, w, w.CreatorIDs[0], 0, 0, 0)
		w.RequireBooksInOrder(t)
	})

	t.Run("is held by the database as well, for the owner too", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		propose := adjustment(w, ledger.CreatorAvailable(w.CreatorIDs[0]), -500)
		_, err := w.Corrections.Propose(t.Context(), propose)
		require.NoError(t, err)
		owner := dbtest.Connect(t, w.URL)

		decideAs := func(actor string) error {
			_, err := owner.Exec(t.Context(), "UPDATE corrections SET status = 'approved', decided_by = $1, decided_at = now()", actor)
			return err
		}
		for _, alone := range []string{"ann", "Ann", " ann", "ann\n", "", " "} {
			refused := decideAs(alone)
			require.Equal(t, "corrections_two_people_check", dbtest.Constraint(refused), alone)
			require.Equal(t, "same_person", fault.CodeOf(db.Translate(refused)))
		}
		_, rewritten := owner.Exec(t.Context(), "UPDATE corrections SET amount_minor = 7")
		_, err = w.Corrections.Decide(t.Context(), world.Approve(propose.ID))
		require.NoError(t, err)
		_, reopened := owner.Exec(t.Context(), "UPDATE corrections SET status = 'proposed', decided_by = NULL, decided_at = NULL")
		_, gone := owner.Exec(t.Context(), "DELETE FROM corrections")

		for _, err := range []error{rewritten, reopened, gone} {
			require.Equal(t, "immutable", fault.CodeOf(db.Translate(err)), err)
		}
	})
}

func TestAdjustments(t *testing.T) {
	t.Parallel()

	t.Run("make what they credit payable, and what they debit not", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		available := ledger.CreatorAvailable(w.CreatorIDs[0])

		w.Correct(t, adjustment(w, available, -500))
		w.Correct(t, adjustment(w, available, 120))

		require.Equal(t, int64(380), w.Facts(t).UnpaidMinor)
		require.Equal(t, int64(380), amountOf(t, w, reserve(t, w, w.CreatorIDs[0])))
		w.RequireBooksInOrder(t)
	})

	t.Run("are dated by the person who proposes them, never in a closed period", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		lastMonth := world.Now.AddDate(0, -1, 0)
		dated := adjustment(w, ledger.PlatformLosses, 5)
		dated.EffectiveAt = &lastMonth
		late := adjustment(w, ledger.PlatformLosses, 5)
		late.EffectiveAt = &lastMonth
		_, err := w.Corrections.Propose(t.Context(), late)
		require.NoError(t, err)

		decided := w.Correct(t, dated)

		var effectiveAt time.Time
		require.NoError(t, dbtest.Connect(t, w.URL).QueryRow(t.Context(), "SELECT effective_at FROM journal_entries WHERE id = $1", decided.EntryIDs[0]).Scan(&effectiveAt))
		require.True(t, lastMonth.Equal(effectiveAt))
		_, err = dbtest.Connect(t, w.URL).Exec(t.Context(), "INSERT INTO accounting_periods (period, starts_at, ends_at, closed_by) VALUES ('2026-02', '2026-02-01Z', '2026-03-01Z', 'test')")
		require.NoError(t, err)
		again := adjustment(w, ledger.PlatformLosses, 5)
		again.EffectiveAt = &lastMonth
		_, proposed := w.Corrections.Propose(t.Context(), again)
		_, approved := w.Corrections.Decide(t.Context(), world.Approve(late.ID))
		require.Equal(t, "period_closed", fault.CodeOf(proposed))
		require.Equal(t, "period_closed", fault.CodeOf(approved), "closed since it was proposed")
	})
}

func TestWriteOff(t *testing.T) {
	t.Parallel()
	w := referred(t)
	w.Read(t, 0, 1, 1000)
	w.Release(t)
	reserve(t, w, w.CreatorIDs[0])
	w.Correct(t, w.Clawback(0, 0))
	requireCreator(t, w, w.CreatorIDs[0], 0, 0, 850)
	writeOff := func(amountMinor int64) correction.Proposal {
		return correction.Proposal{
			ID: uuid.NewString(), Kind: correction.WriteOff, Currency: "USD", CreatorID: w.CreatorIDs[0], AmountMinor: amountMinor,
			ProposedBy: "ann", Reason: "left the platform", Now: world.Now,
		}
	}
	rest := writeOff(250)
	_, err := w.Corrections.Propose(t.Context(), rest)
	require.NoError(t, err)

	w.Correct(t, writeOff(700))
	_, tooMuch := w.Corrections.Decide(t.Context(), world.Approve(rest.ID))

	requireCreator(t, w, w.CreatorIDs[0], 0, 0, 150)
	require.Equal(t, int64(700), w.Balance(t, ledger.PlatformLosses))
	require.Equal(t, "above_receivable", fault.CodeOf(tooMuch), "less is owed by now")
	read, err := w.Corrections.Get(t.Context(), rest.ID)
	require.NoError(t, err)
	require.Equal(t, correction.Proposed, read.Status, "it can still be rejected")
	w.RequireBooksInOrder(t)
}

func TestProposalsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := world.New(t, 1, nil)
	w.Read(t, 0, 1, 1000)
	w.AddClip(t, w.CreatorIDs[0])
	tomorrow := world.Now.AddDate(0, 0, 1)
	unknown := uuid.NewString()
	available, receivable := ledger.CreatorAvailable(w.CreatorIDs[0]), ledger.CreatorReceivable(w.CreatorIDs[0])
	change := func(p correction.Proposal, change func(*correction.Proposal)) correction.Proposal {
		change(&p)
		return p
	}
	writeOff := correction.Proposal{ID: uuid.NewString(), Kind: correction.WriteOff, Currency: "USD", CreatorID: w.CreatorIDs[0], AmountMinor: 5, ProposedBy: "ann", Reason: "r", Now: world.Now}

	cases := []struct {
		name    string
		propose correction.Proposal
		code    string
		kind    fault.Kind
	}{
		{"no reason", change(w.Clawback(0, 0), func(p *correction.Proposal) { p.Reason = "" }), "reason_missing", fault.Invalid},
		{"no one who proposes", change(w.Clawback(0, 0), func(p *correction.Proposal) { p.ProposedBy = "" }), "proposer_missing", fault.Invalid},
		{"an unknown kind", change(w.Clawback(0, 0), func(p *correction.Proposal) { p.Kind = "gift" }), "unknown_kind", fault.Invalid},
		{"an unknown currency", change(w.Clawback(0, 0), func(p *correction.Proposal) { p.Currency = "ZZZ" }), "unknown_currency", fault.Invalid},
		{"an id that is none", change(w.Clawback(0, 0), func(p *correction.Proposal) { p.ID = "seven" }), "malformed_id", fault.Invalid},
		{"a clawback of no clip", change(w.Clawback(0, 0), func(p *correction.Proposal) { p.ClipID = "" }), "clip_missing", fault.Invalid},
		{"a clawback of an unknown clip", change(w.Clawback(0, 0), func(p *correction.Proposal) { p.ClipID = unknown }), "clip_not_found", fault.NotFound},
		{"a clawback in another currency", change(w.Clawback(0, 0), func(p *correction.Proposal) { p.Currency = "EUR" }), "wrong_currency", fault.Invalid},
		{"a clawback of more than was earned", w.Clawback(0, 501), "clawback_too_large", fault.Conflict},
		{"a clawback of a clip that earned nothing", w.Clawback(1, 0), "nothing_to_claw_back", fault.Conflict},
		{"a clawback below zero", w.Clawback(0, -1), "amount_negative", fault.Invalid},
		{"a clawback with a date", change(w.Clawback(0, 0), func(p *correction.Proposal) { p.EffectiveAt = &p.Now }), "date_not_taken", fault.Invalid},
		{"a write-off of nothing", change(writeOff, func(p *correction.Proposal) { p.AmountMinor = 0 }), "amount_not_positive", fault.Invalid},
		{"a write-off of a debt without a creator", change(writeOff, func(p *correction.Proposal) { p.CreatorID = "" }), "creator_missing", fault.Invalid},
		{"a write-off of an unknown creator's debt", change(writeOff, func(p *correction.Proposal) { p.CreatorID = unknown }), "creator_not_found", fault.NotFound},
		{"a write-off of a debt that is none", writeOff, "above_receivable", fault.Conflict},
		{"an adjustment in the future", change(adjustment(w, available, -5), func(p *correction.Proposal) { p.EffectiveAt = &tomorrow }), "future_date", fault.Invalid},
		{"an adjustment that does not balance", change(adjustment(w, available, -5), func(p *correction.Proposal) { p.Postings[0].AmountMinor++ }), "entry_unbalanced", fault.Invalid},
		{"an adjustment without a campaign", change(adjustment(w, available, -5), func(p *correction.Proposal) { p.CampaignID = "" }), "campaign_missing", fault.Invalid},
		{"an adjustment with an unknown campaign", change(adjustment(w, available, -5), func(p *correction.Proposal) { p.CampaignID = unknown }), "campaign_not_found", fault.NotFound},
		{"an adjustment in another currency than the campaign's", change(adjustment(w, available, -5), func(p *correction.Proposal) { p.Currency = "EUR" }), "wrong_currency", fault.Invalid},
		{"an adjustment of an unknown creator", adjustment(w, ledger.CreatorAvailable(unknown), -5), "unknown_account", fault.Invalid},
		{"an adjustment of no creator's account", adjustment(w, ledger.CreatorAvailable("seven"), -5), "unknown_account", fault.Invalid},
		{"an adjustment of an unknown organization", adjustment(w, ledger.OrganizationBalance(unknown), -5), "unknown_account", fault.Invalid},
		{"an adjustment of no organization's account", adjustment(w, ledger.OrganizationBalance("seven"), -5), "unknown_account", fault.Invalid},
		{"an adjustment of what a brand has", adjustment(w, ledger.OrganizationBalance(unknown), 5), "account_not_adjustable", fault.Invalid},
		{"an adjustment of an unknown account", adjustment(w, "platform/coffee", -5), "unknown_account", fault.Invalid},
		{"an adjustment of escrow", adjustment(w, ledger.CampaignEscrow(w.CampaignID), -5), "account_not_adjustable", fault.Invalid},
		{"an adjustment of more than can be paid", adjustment(w, available, 5), "above_payable", fault.Conflict},
		{"an adjustment of more than is owed", adjustment(w, receivable, -5), "above_receivable", fault.Conflict},
	}
	for _, tc := range cases {
		t.Run("refuses "+tc.name, func(t *testing.T) {
			t.Parallel()

			_, err := w.Corrections.Propose(t.Context(), tc.propose)

			require.Equal(t, tc.code, fault.CodeOf(err), err)
			require.Equal(t, tc.kind, fault.KindOf(err))
			_, err = w.Corrections.Get(t.Context(), tc.propose.ID)
			require.Error(t, err)
		})
	}

	t.Run("decides nothing that was not proposed", func(t *testing.T) {
		t.Parallel()

		_, err := w.Corrections.Decide(t.Context(), world.Approve(unknown))

		require.Equal(t, "correction_not_found", fault.CodeOf(err))
	})
}
