package corrections

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// Propose checks a proposal against the books and stores it, once. It moves no money. The same
// proposal again returns the stored correction.
//
// It returns fault.Conflict "correction_exists" for another proposal under the id,
// "period_closed", "clawback_too_large", "nothing_to_claw_back", "above_receivable",
// "above_payable", "amount_differs", "payout_ended", "payout_paid", "transfer_not_applied",
// "campaign_not_ended", "above_refundable", "above_withdrawal", "withdrawal_ended", "above_payment",
// "payment_disputed", "payment_returned", "amount_too_small" or "above_balance"; fault.Invalid "future_date",
// "date_not_taken", "wrong_currency", "unknown_account" or the code of a missing field; fault.NotFound for an
// unknown clip, creator, campaign, payout, withdrawal or payment; and the faults of
// ledger.Adjustment.Validate.
func (s *Store) Propose(ctx context.Context, propose correction.Proposal) (correction.Correction, error) {
	hash, err := propose.RequestHash()
	if err != nil {
		return correction.Correction{}, err
	}
	var stored correction.Correction
	err = s.db.InTx(ctx, func(q *sqlc.Queries) error {
		existing, err := q.FindCorrections(ctx, propose.ID)
		if err != nil {
			return err
		}
		if len(existing) == 0 {
			if err := s.insertProposal(ctx, q, propose, hash); err != nil {
				return err
			}
			if existing, err = q.FindCorrections(ctx, propose.ID); err != nil {
				return err
			}
		}
		if !bytes.Equal(existing[0].RequestHash, hash) {
			return fault.New(fault.Conflict, "correction_exists", "another correction has this id")
		}
		stored, err = withEntries(ctx, q, existing[0])
		return err
	})
	return stored, err
}

func (s *Store) insertProposal(ctx context.Context, q *sqlc.Queries, propose correction.Proposal, hash []byte) error {
	checked, err := s.checkProposal(ctx, q, propose)
	if err != nil {
		return err
	}
	postings, err := json.Marshal(checked.Postings)
	if err != nil {
		return err
	}
	return q.InsertCorrection(ctx, sqlc.InsertCorrectionParams{
		ID: checked.ID, Kind: string(checked.Kind), Currency: string(checked.Currency), ClipID: db.Optional(checked.ClipID),
		CreatorID: db.Optional(checked.CreatorID), CampaignID: db.Optional(checked.CampaignID),
		PayoutID: db.Optional(checked.PayoutID), WithdrawalID: db.Optional(checked.WithdrawalID), PaymentIntentID: db.Optional(checked.PaymentIntentID), How: db.Optional(string(checked.How)), AmountMinor: checked.AmountMinor,
		Postings: postings, EffectiveAt: checked.EffectiveAt, ProposedBy: checked.ProposedBy, ProposedAt: checked.Now,
		Reason: checked.Reason, Evidence: checked.Evidence, Reference: checked.Reference, RequestHash: hash,
	})
}

// Get returns one correction with the entries that it posted, or fault.NotFound
// "correction_not_found".
func (s *Store) Get(ctx context.Context, id string) (correction.Correction, error) {
	rows, err := s.db.Queries.FindCorrections(ctx, id)
	if err != nil {
		return correction.Correction{}, db.Translate(err)
	}
	if len(rows) == 0 {
		return correction.Correction{}, correctionNotFound()
	}
	found, err := withEntries(ctx, s.db.Queries, rows[0])
	return found, db.Translate(err)
}

func correctionNotFound() error {
	return fault.New(fault.NotFound, "correction_not_found", "no such correction")
}

// List returns a page of corrections in the order of ids, without their EntryIDs. An empty status
// selects all.
func (s *Store) List(ctx context.Context, status correction.Status, page db.Page) ([]correction.Correction, error) {
	rows, err := s.db.Queries.ListCorrections(ctx, sqlc.ListCorrectionsParams{
		Status: db.Optional(string(status)), AfterID: db.Optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	corrections := make([]correction.Correction, len(rows))
	for i, row := range rows {
		if corrections[i], err = newCorrection(row); err != nil {
			return nil, err
		}
	}
	return corrections, nil
}

func withEntries(ctx context.Context, q *sqlc.Queries, row sqlc.Correction) (correction.Correction, error) {
	found, err := newCorrection(row)
	if err != nil {
		return correction.Correction{}, err
	}
	found.EntryIDs, err = q.ListCorrectionEntries(ctx, row.ID)
	return found, err
}

func newCorrection(row sqlc.Correction) (correction.Correction, error) {
	stored := correction.Correction{
		ID: row.ID, Kind: correction.Kind(row.Kind), Status: correction.Status(row.Status), Currency: money.Currency(row.Currency),
		ClipID: db.Text(row.ClipID), CreatorID: db.Text(row.CreatorID), CampaignID: db.Text(row.CampaignID), PayoutID: db.Text(row.PayoutID), WithdrawalID: db.Text(row.WithdrawalID),
		PaymentIntentID: db.Text(row.PaymentIntentID), How: correction.How(db.Text(row.How)), AmountMinor: row.AmountMinor,
		EffectiveAt: row.EffectiveAt, ProposedBy: row.ProposedBy, ProposedAt: row.ProposedAt, Reason: row.Reason, Evidence: row.Evidence, Reference: row.Reference,
		DecidedBy: db.Text(row.DecidedBy), DecidedAt: row.DecidedAt, DecisionReason: db.Text(row.DecisionReason), CorrectedMinor: row.CorrectedMinor,
	}
	return stored, json.Unmarshal(row.Postings, &stored.Postings)
}
