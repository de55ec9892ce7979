package corrections

import (
	"context"
	"strings"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/earnings"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

// Decide approves or rejects a proposal. An approval posts its entries in the same transaction,
// so no crash separates them. Repeating a decision returns the decided correction.
//
// It returns fault.NotFound "correction_not_found", fault.Invalid "actor_missing", fault.Denied
// "same_person" for the person who proposed it, and fault.Conflict "correction_decided" for the
// opposite decision. If the books changed after the proposal, it may return the faults of
// Propose, and the proposal stays open.
//
// It takes its locks in the same order as every transaction that moves money: the correction,
// the campaign's budget guard, the guard of a brand's balance, the creators by id, the payout. A converted
// payment has a lock of its own, and none of these.
func (s *Store) Decide(ctx context.Context, decide correction.Decision) (correction.Correction, error) {
	proposed, err := s.Get(ctx, decide.ID)
	if err != nil {
		return correction.Correction{}, err
	}
	if strings.TrimSpace(decide.Actor) == "" {
		return correction.Correction{}, fault.Field("actor", "actor_missing", "give the person who decides")
	}
	if access.SamePerson(proposed.ProposedBy, decide.Actor) {
		return correction.Correction{}, fault.New(fault.Denied, "same_person", "the person who proposed a correction cannot decide it: ask another person")
	}
	if err := s.ensureCorrectionAccounts(ctx, proposed); err != nil {
		return correction.Correction{}, err
	}
	var decided correction.Correction
	err = s.db.InTx(ctx, func(q *sqlc.Queries) error {
		row, err := q.LockCorrection(ctx, decide.ID)
		if err != nil {
			return err
		}
		if row.Status == string(correction.Proposed) {
			if err := s.decide(ctx, q, proposed, decide); err != nil {
				return err
			}
			if row, err = q.LockCorrection(ctx, decide.ID); err != nil {
				return err
			}
		}
		if row.Status != string(decide.Status()) {
			return fault.New(fault.Conflict, "correction_decided", "the correction is %s already, and a decision is final", row.Status)
		}
		decided, err = withEntries(ctx, q, row)
		return err
	})
	return decided, err
}

func (s *Store) decide(ctx context.Context, q *sqlc.Queries, proposed correction.Correction, decide correction.Decision) error {
	var done outcome
	if decide.Approve {
		var err error
		if done, err = s.correct(ctx, q, proposed, decide.Now); err != nil {
			return err
		}
		if err := q.InsertCorrectionEntries(ctx, sqlc.InsertCorrectionEntriesParams{CorrectionID: proposed.ID, EntryIds: done.entryIDs}); err != nil {
			return err
		}
	}
	return q.UpdateCorrectionDecided(ctx, sqlc.UpdateCorrectionDecidedParams{
		ID: proposed.ID, Status: string(decide.Status()), DecidedBy: &decide.Actor, DecidedAt: &decide.Now,
		DecisionReason: db.Optional(decide.Reason), CorrectedMinor: done.correctedMinor,
	})
}

// outcome is the result of an approval.
type outcome struct {
	entryIDs       []string
	correctedMinor int64
}

func (s *Store) correct(ctx context.Context, q *sqlc.Queries, proposed correction.Correction, now time.Time) (outcome, error) {
	var budget sqlc.CampaignBudget
	if proposed.CampaignID != "" {
		var err error
		if budget, err = q.LockCampaignBudget(ctx, proposed.CampaignID); err != nil {
			return outcome{}, db.OrNotFound(err, "campaign")
		}
	}
	switch proposed.Kind {
	case correction.Clawback:
		return s.clawBack(ctx, q, budget, proposed, now)
	case correction.WriteOff:
		return s.writeOff(ctx, q, proposed, now)
	case correction.SettlePayout:
		return s.settlePayout(ctx, q, proposed, now)
	case correction.SettleRefund:
		return s.settleRefund(ctx, q, budget, proposed, now)
	case correction.SettleWithdrawal:
		return s.settleWithdrawal(ctx, q, proposed, now)
	case correction.SettleConverted:
		return s.settleConverted(ctx, q, proposed, now)
	case correction.SettleBalance:
		return s.settleBalance(ctx, q, proposed, now)
	}
	return s.adjust(ctx, q, proposed, now)
}

func (s *Store) writeOff(ctx context.Context, q *sqlc.Queries, proposed correction.Correction, now time.Time) (outcome, error) {
	if _, err := q.LockCreators(ctx, []string{proposed.CreatorID}); err != nil {
		return outcome{}, err
	}
	if err := checkReceivable(ctx, q, proposed.CreatorID, proposed.Currency, proposed.AmountMinor); err != nil {
		return outcome{}, err
	}
	posted, err := s.journal.PostIn(ctx, q, ledger.WrittenOff(ledger.WriteOff{
		CorrectionID: proposed.ID, CreatorID: proposed.CreatorID, Currency: proposed.Currency, AmountMinor: proposed.AmountMinor, At: now,
	}))
	if err != nil {
		return outcome{}, err
	}
	return outcome{entryIDs: []string{posted[0].EntryID}, correctedMinor: proposed.AmountMinor}, nil
}

// adjust posts an adjustment. It stores an increase of a creator's available balance as a released
// hold of the entry, and a decrease as a deduction. So the lines of the next payout equal the
// available balance.
func (s *Store) adjust(ctx context.Context, q *sqlc.Queries, proposed correction.Correction, now time.Time) (outcome, error) {
	if _, err := q.LockCreators(ctx, creatorsOf(proposed.Postings)); err != nil {
		return outcome{}, err
	}
	again := correction.Proposal{
		ID: proposed.ID, Kind: proposed.Kind, Currency: proposed.Currency, CampaignID: proposed.CampaignID, Postings: proposed.Postings,
		EffectiveAt: proposed.EffectiveAt, ProposedBy: proposed.ProposedBy, Reason: proposed.Reason, Now: now,
	}
	if _, err := s.checkProposal(ctx, q, again); err != nil {
		return outcome{}, err
	}
	adjustment := ledger.Adjustment{CorrectionID: proposed.ID, Currency: proposed.Currency, Postings: proposed.Postings, At: now}
	if proposed.EffectiveAt != nil {
		adjustment.At = *proposed.EffectiveAt
	}
	posted, err := s.journal.PostIn(ctx, q, ledger.Adjusted(adjustment))
	if err != nil {
		return outcome{}, err
	}
	debitMinor := int64(0)
	for _, posting := range proposed.Postings {
		debitMinor += max(0, posting.AmountMinor)
	}
	done := outcome{entryIDs: []string{posted[0].EntryID}, correctedMinor: debitMinor}
	return done, attribute(ctx, q, proposed, posted[0].EntryID, adjustment.At)
}

// attribute stores the holds and deductions of an adjustment.
func attribute(ctx context.Context, q *sqlc.Queries, proposed correction.Correction, entryID string, at time.Time) error {
	holds := sqlc.InsertHoldsParams{CampaignID: proposed.CampaignID, Currency: string(proposed.Currency)}
	deductions := sqlc.InsertEarningDeductionsParams{}
	for _, posting := range proposed.Postings {
		creatorID, part, _ := posting.Account.OfCreator()
		switch {
		case part != "available":
		case posting.AmountMinor < 0:
			earnings.AddHold(&holds, earnings.Hold{EntryID: entryID, CreatorID: creatorID, AmountMinor: -posting.AmountMinor, AvailableAt: at}, entryID)
		default:
			earnings.Deduct(&deductions, entryID, creatorID, proposed.Currency, payout.Line{CampaignID: proposed.CampaignID, AmountMinor: posting.AmountMinor})
		}
	}
	if len(holds.EntryIds) > 0 {
		if err := q.InsertHolds(ctx, holds); err != nil {
			return err
		}
	}
	if len(deductions.EntryIds) > 0 {
		return q.InsertEarningDeductions(ctx, deductions)
	}
	return nil
}

// ensureCorrectionAccounts opens every account that an approval may post to.
func (s *Store) ensureCorrectionAccounts(ctx context.Context, proposed correction.Correction) error {
	entries := []ledger.Entry{{Postings: proposed.Postings}}
	switch proposed.Kind {
	case correction.Clawback:
		beneficiaries, err := s.db.Queries.ListClipBeneficiaries(ctx, []string{proposed.ClipID})
		if err != nil {
			return db.Translate(err)
		}
		shape := ledger.Clawback{CampaignID: proposed.CampaignID, FeeMinor: 1}
		for _, each := range beneficiaries {
			shape.Creator = ledger.TakenBack{CreatorID: each.CreatorID, PendingMinor: 1, AvailableMinor: 1, ReceivableMinor: 1}
			if each.AffiliateID != nil {
				shape.Affiliate = ledger.TakenBack{CreatorID: *each.AffiliateID, PendingMinor: 1, AvailableMinor: 1, ReceivableMinor: 1}
			}
		}
		entries = append(entries, ledger.EarningsClawedBack(shape), campaigns.LossEntry(proposed.CampaignID))
	case correction.WriteOff:
		entries = append(entries, ledger.WrittenOff(ledger.WriteOff{CreatorID: proposed.CreatorID, AmountMinor: 1}))
	case correction.SettlePayout:
		entries = append(entries, payouts.SettleEntries(proposed.CreatorID)...)
	case correction.SettleRefund:
		entries = append(entries, ledger.RefundSettledOutside(outsideRefund(proposed, time.Time{})), campaigns.LossEntry(proposed.CampaignID))
	case correction.SettleWithdrawal:
		withdrawal, err := s.funding.GetWithdrawal(ctx, proposed.WithdrawalID)
		if err != nil {
			return err
		}
		entries = append(entries, ledger.WithdrawalSettledOutside(ledger.Withdrawal{OrganizationID: withdrawal.OrganizationID}))
	case correction.SettleConverted:
		payment, found, err := s.funding.FindConverted(ctx, proposed.PaymentIntentID)
		if err != nil || !found {
			return err
		}
		shape := ledger.ConvertedReturn{Currency: payment.SettlementCurrency, TakenMinor: 1, ClosedMinor: 1}
		entries = append(entries, ledger.ConvertedPaymentSettledOutside(shape))
	case correction.SettleBalance:
		entries = append(entries, ledger.ConnectedBalanceSettled(outsideBalance(proposed, time.Time{})))
	}
	return s.journal.OpenAccounts(ctx, entries...)
}
