package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// corrected is a world with a proposal to book a fee that no event covers.
type corrected struct {
	*world
	input workflows.CorrectionInput
}

func setupCorrection(t *testing.T) corrected {
	t.Helper()
	return corrected{setup(t), workflows.CorrectionInput{Proposal: correction.Proposal{
		ID: uuid.NewString(), Kind: correction.Adjustment, Currency: "USD",
		Postings:   []ledger.Posting{{Account: ledger.ProcessingFees, AmountMinor: 500}, {Account: ledger.StripePlatform, AmountMinor: -500}},
		ProposedBy: "proposer", Reason: "a monthly fee", Evidence: "txn_1",
	}}}
}

func (c corrected) run(h *history) workflows.CorrectionResult {
	h.t.Helper()
	return completed[workflows.CorrectionResult](h, workflows.Correction, c.input)
}

func (c corrected) onRecord(t *testing.T) correction.Correction {
	t.Helper()
	found, err := c.store.Corrections.Get(t.Context(), c.input.Proposal.ID)
	require.NoError(t, err)
	return found
}

// requirePosted says that the adjustment is in the books so many times.
func (c corrected) requirePosted(t *testing.T, times int64) {
	t.Helper()
	require.Equal(t, 500*times, c.balance(t, ledger.ProcessingFees))
	require.Equal(t, -500*times, c.balance(t, ledger.StripePlatform))
	c.requireBooksInOrder(t)
}

func by(actor string) workflows.Operator {
	return workflows.Operator{Actor: actor, Reason: "checked against the statement"}
}

func TestCorrection(t *testing.T) {
	t.Parallel()

	t.Run("is posted when another person approves it, and not before", func(t *testing.T) {
		t.Parallel()
		c := setupCorrection(t)
		h := c.begin(t)
		proposed := h.ask(0, workflows.UpdateProposed)
		h.at(time.Hour, func() { c.requirePosted(t, 0) })
		approved := h.ask(2*time.Hour, workflows.UpdateApprove, by("approver"))

		result := c.run(h)

		require.NoError(t, proposed.failed)
		require.Equal(t, correction.Proposed, proposed.result)
		require.NoError(t, approved.failed)
		require.Equal(t, correction.Approved, approved.result)
		require.Equal(t, string(correction.Approved), result.Status)
		require.Len(t, result.EntryIDs, 1)
		require.Equal(t, "approver", c.onRecord(t).DecidedBy)
		c.requirePosted(t, 1)
	})

	t.Run("is refused by another person", func(t *testing.T) {
		t.Parallel()
		c := setupCorrection(t)
		h := c.begin(t)
		rejected := h.ask(time.Hour, workflows.UpdateReject, by("approver"))

		result := c.run(h)

		require.Equal(t, correction.Rejected, rejected.result)
		require.Equal(t, string(correction.Rejected), result.Status)
		c.requirePosted(t, 0)
	})

	t.Run("is not decided by its proposer, by no one, or for no reason", func(t *testing.T) {
		t.Parallel()
		c := setupCorrection(t)
		h := c.begin(t)
		own := h.ask(time.Hour, workflows.UpdateApprove, by("proposer"))
		ownRejection := h.ask(time.Hour, workflows.UpdateReject, by(" Proposer"))
		blank := h.ask(time.Hour, workflows.UpdateApprove, by(" "))
		unnamed := h.ask(time.Hour, workflows.UpdateApprove, workflows.Operator{Reason: "why not"})
		unfounded := h.ask(time.Hour, workflows.UpdateApprove, workflows.Operator{Actor: "approver"})
		h.ask(2*time.Hour, workflows.UpdateReject, by("approver"))

		result := c.run(h)

		require.Equal(t, "same_person", fault.CodeOf(own.rejected))
		require.True(t, fault.Is(own.rejected, fault.Denied))
		require.Equal(t, "same_person", fault.CodeOf(ownRejection.rejected))
		require.Equal(t, "operator_unnamed", fault.CodeOf(unnamed.rejected))
		require.Equal(t, "operator_unnamed", fault.CodeOf(blank.rejected))
		require.Equal(t, "operator_unnamed", fault.CodeOf(unfounded.rejected))
		require.Equal(t, string(correction.Rejected), result.Status)
		c.requirePosted(t, 0)
	})

	t.Run("takes the first of two decisions that are made at once", func(t *testing.T) {
		t.Parallel()
		c := setupCorrection(t)
		h := c.begin(t)
		approved := h.ask(time.Hour, workflows.UpdateApprove, by("approver"))
		rejected := h.ask(time.Hour, workflows.UpdateReject, by("another"))

		result := c.run(h)

		require.NoError(t, approved.failed)
		require.Equal(t, "correction_decided", fault.CodeOf(firstError(rejected.failed, rejected.rejected)))
		require.Equal(t, string(correction.Approved), result.Status)
		c.requirePosted(t, 1)
	})

	t.Run("ends at once when the books refuse it, and says why", func(t *testing.T) {
		t.Parallel()
		c := setupCorrection(t)
		c.input.Proposal.Postings[0].Account = "platform/piggy_bank"
		h := c.begin(t)
		proposed := h.ask(0, workflows.UpdateProposed)
		approved := h.ask(0, workflows.UpdateApprove, by("approver"))

		result := c.run(h)

		require.Equal(t, "unknown_account", fault.CodeOf(proposed.failed))
		require.True(t, fault.Is(proposed.failed, fault.Invalid))
		require.Equal(t, "unknown_account", fault.CodeOf(firstError(approved.failed, approved.rejected)))
		require.Equal(t, "refused", result.Status)
	})

	t.Run("stays open when the books refuse its approval", func(t *testing.T) {
		t.Parallel()
		c := setupCorrection(t)
		at := time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC)
		c.input.Proposal.EffectiveAt = &at
		h := c.begin(t)
		h.at(time.Hour, func() { c.closePeriod(t, "2026-02") })
		approved := h.ask(2*time.Hour, workflows.UpdateApprove, by("approver"))
		h.at(3*time.Hour, func() { require.Equal(t, correction.Proposed, c.onRecord(t).Status) })
		rejected := h.ask(4*time.Hour, workflows.UpdateReject, by("approver"))

		c.run(h)

		require.Equal(t, "period_closed", fault.CodeOf(approved.failed))
		require.NoError(t, rejected.failed)
		c.requirePosted(t, 0)
	})

	t.Run("is rejected by a cancellation from the CLI", func(t *testing.T) {
		t.Parallel()
		c := setupCorrection(t)
		h := c.begin(t)
		h.at(time.Hour, h.CancelWorkflow)

		result := c.run(h)

		require.Equal(t, string(correction.Rejected), result.Status)
		require.Equal(t, "operator", c.onRecord(t).DecidedBy)
		require.Equal(t, "cancelled in Temporal", c.onRecord(t).DecisionReason)
		c.requirePosted(t, 0)
	})

	t.Run("goes on as new, and is decided there", func(t *testing.T) {
		t.Parallel()
		c := setupCorrection(t)
		at := time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC)
		c.input.Proposal.EffectiveAt = &at
		h := c.begin(t)
		h.SetContinueAsNewSuggested(true)
		h.at(time.Hour, func() { c.closePeriod(t, "2026-02") })
		h.ask(2*time.Hour, workflows.UpdateApprove, by("approver"))
		h.ExecuteWorkflow(workflows.Correction, c.input)
		var next *workflow.ContinueAsNewError
		require.ErrorAs(t, h.GetWorkflowError(), &next)
		carryOver(t, next, &c.input)
		h = c.begin(t)
		h.ask(time.Hour, workflows.UpdateReject, by("approver"))

		result := c.run(h)

		require.Equal(t, string(correction.Rejected), result.Status)
	})
}

func (w *world) closePeriod(t *testing.T, name string) {
	t.Helper()
	period, err := ledger.ParsePeriod(name)
	require.NoError(t, err)
	require.NoError(t, w.store.Journal.ClosePeriod(t.Context(), period, "ann", "the month is over", w.clock.Now()))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestCorrectionIsDecidedOnce(t *testing.T) {
	t.Parallel()
	for clause, rule := range misfortunesAt(step{"ProposeCorrection", 1}, step{"RecordOperatorAction", 1}, step{"DecideCorrection", 1}) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			c := setupCorrection(t)
			c.befall(t, rule)
			begin := func() *history {
				h := c.begin(t)
				for again := range 3 { // as a person does who was shown an error
					h.ask(time.Duration(again+1)*hour, workflows.UpdateApprove, by("approver"))
				}
				return h
			}

			survive[workflows.CorrectionResult](begin, workflows.Correction, c.input)

			require.Equal(t, correction.Approved, c.onRecord(t).Status)
			require.Len(t, c.onRecord(t).EntryIDs, 1)
			c.requirePosted(t, 1)
		})
	}
}

// clawback proposes to take back what the campaign's clip has earned.
func (b *brand) clawback() corrected {
	return corrected{b.world, workflows.CorrectionInput{Campaign: b.input.Settings, Proposal: correction.Proposal{
		ID: uuid.NewString(), Kind: correction.Clawback, Currency: "USD", ClipID: b.open, ProposedBy: "proposer", Reason: "the views were bought",
	}}}
}

func TestClawback(t *testing.T) {
	t.Parallel()

	t.Run("of a campaign that is closed goes back to the brand", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() { b.submit(t, who, 10_000) })
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))
		h.at(5*hour, func() { b.settle(t, b.reserve(t, who)) })
		b.live(h)
		b.payIn(t, 5_000, "USD") // what the creator owes is not there, and the refund would wait for cover
		c := b.clawback()
		h = b.begin(t)
		h.gone[names.Campaign(b.input.CampaignID)] = true
		h.ask(time.Hour, workflows.UpdateApprove, by("approver"))

		result := c.run(h)

		require.Equal(t, int64(5000), result.CorrectedMinor)
		require.Equal(t, int64(5000), b.balance(t, ledger.CreatorReceivable(who.id)))
		found := b.onRecord(t)
		require.Zero(t, found.SpentMinor)
		require.Equal(t, found.FundedMinor, found.RefundedMinor)
		require.Zero(t, b.balance(t, ledger.CampaignEscrow(b.input.CampaignID)))
		require.Equal(t, 2, b.effects("refund.applied"))
		require.Equal(t, campaign.Closed, found.Status)
		b.requireBooksInOrder(t)
	})

	t.Run("of a campaign under way tells it to look", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.input.CampaignID, _ = b.liveCampaign(t, nil)
		who := b.creator(t, goodBank)
		b.submit(t, who, 10_000)
		c := b.clawback()
		h := b.begin(t)
		h.ask(time.Hour, workflows.UpdateApprove, by("approver"))

		c.run(h)

		require.Contains(t, h.signals.all(), names.Campaign(b.input.CampaignID)+" "+workflows.SignalStripeChanged)
		require.Equal(t, int64(100_000), b.balance(t, ledger.CampaignEscrow(b.input.CampaignID)))
		require.Zero(t, b.balance(t, ledger.CreatorPending(who.id)))
		b.requireBooksInOrder(t)
	})
}
