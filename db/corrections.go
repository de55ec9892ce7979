package db

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// CorrectionKind is what people can correct in the books.
type CorrectionKind string

// The kinds of corrections.
const (
	CorrectionAdjustment CorrectionKind = "adjustment" // postings that two people agree on
	CorrectionClawback   CorrectionKind = "clawback"   // a clip's earnings, back into escrow
	CorrectionWriteOff   CorrectionKind = "write_off"  // a creator's debt that nobody will pay
)

// CorrectionStatus is where a correction stands. A decision is final.
type CorrectionStatus string

// The statuses of a correction.
const (
	CorrectionProposed CorrectionStatus = "proposed"
	CorrectionApproved CorrectionStatus = "approved"
	CorrectionRejected CorrectionStatus = "rejected"
)

// ParseCorrectionStatus returns the status of that name, or fault.Invalid "unknown_status".
func ParseCorrectionStatus(name string) (CorrectionStatus, error) {
	switch status := CorrectionStatus(name); status {
	case CorrectionProposed, CorrectionApproved, CorrectionRejected:
		return status, nil
	}
	return "", fault.Field("status", "unknown_status", "no correction is %.40q: use one of %s, %s, %s", name, CorrectionProposed, CorrectionApproved, CorrectionRejected)
}

// ProposeCorrection is what one person wants corrected.
//
// A clawback names its ClipID; AmountMinor is the gross to take back, newest accruals first,
// zero for all of them. A write-off names CreatorID and AmountMinor. An adjustment has
// Postings and, if one of them is a creator's available balance, the CampaignID to which the
// money is attributed; EffectiveAt is its date, or nil for the moment of the approval.
type ProposeCorrection struct {
	ID          string
	Kind        CorrectionKind
	Currency    money.Currency
	ClipID      string
	CreatorID   string
	CampaignID  string
	AmountMinor int64
	Postings    []ledger.Posting
	EffectiveAt *time.Time
	ProposedBy  string
	Reason      string
	Evidence    string
	Now         time.Time
}

// Correction is a proposal and what became of it. A clawback has the campaign and creator of
// its clip.
type Correction struct {
	ID          string
	Kind        CorrectionKind
	Status      CorrectionStatus
	Currency    money.Currency
	ClipID      string
	CreatorID   string
	CampaignID  string
	AmountMinor int64
	Postings    []ledger.Posting
	EffectiveAt *time.Time
	ProposedBy  string
	ProposedAt  time.Time
	Reason      string
	Evidence    string

	DecidedBy      string
	DecidedAt      *time.Time
	DecisionReason string
	// CorrectedMinor is what an approval took back, wrote off, or debited in all.
	CorrectedMinor int64
	// EntryIDs are the journal entries that the approval posted. Only when one correction is
	// read or decided.
	EntryIDs []string
}

// ProposeCorrection stores a proposal once, after holding it against the books as they are.
// It moves no money. The same proposal again returns it as it stands; another one under its
// id is refused with fault.Conflict "correction_exists". It returns the faults of
// ledger.Adjustment.Validate; fault.Invalid "future_date", "date_not_taken",
// "wrong_currency", "unknown_account" or a field that is missing; fault.NotFound for a clip,
// creator or campaign; and fault.Conflict "period_closed", "clawback_too_large",
// "nothing_to_claw_back", "above_receivable" or "above_payable".
func (s *Store) ProposeCorrection(ctx context.Context, propose ProposeCorrection) (Correction, error) {
	hash, err := propose.requestHash()
	if err != nil {
		return Correction{}, err
	}
	var stored Correction
	err = s.inTx(ctx, func(q *sqlc.Queries) error {
		existing, err := q.FindCorrections(ctx, propose.ID)
		if err != nil {
			return err
		}
		if len(existing) == 0 {
			if err := insertProposal(ctx, q, propose, hash); err != nil {
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

// requestHash covers what is proposed, not when: a retry reads a later clock.
func (p ProposeCorrection) requestHash() ([]byte, error) {
	p.Now = time.Time{}
	if p.EffectiveAt != nil {
		at := p.EffectiveAt.UTC()
		p.EffectiveAt = &at
	}
	text, err := json.Marshal(p)
	sum := sha256.Sum256(text)
	return sum[:], err
}

func insertProposal(ctx context.Context, q *sqlc.Queries, propose ProposeCorrection, hash []byte) error {
	checked, err := checkProposal(ctx, q, propose)
	if err != nil {
		return err
	}
	postings, err := json.Marshal(checked.Postings)
	if err != nil {
		return err
	}
	return q.InsertCorrection(ctx, sqlc.InsertCorrectionParams{
		ID: checked.ID, Kind: string(checked.Kind), Currency: string(checked.Currency), ClipID: optional(checked.ClipID),
		CreatorID: optional(checked.CreatorID), CampaignID: optional(checked.CampaignID), AmountMinor: checked.AmountMinor,
		Postings: postings, EffectiveAt: checked.EffectiveAt, ProposedBy: checked.ProposedBy, ProposedAt: checked.Now,
		Reason: checked.Reason, Evidence: checked.Evidence, RequestHash: hash,
	})
}

// Correction returns one correction with the entries that it posted, or fault.NotFound
// "correction_not_found".
func (s *Store) Correction(ctx context.Context, id string) (Correction, error) {
	rows, err := s.queries.FindCorrections(ctx, id)
	if err != nil {
		return Correction{}, translate(err)
	}
	if len(rows) == 0 {
		return Correction{}, correctionNotFound()
	}
	found, err := withEntries(ctx, s.queries, rows[0])
	return found, translate(err)
}

func correctionNotFound() error {
	return fault.New(fault.NotFound, "correction_not_found", "no such correction")
}

// Corrections returns a page in the order of ids; a status narrows it.
func (s *Store) Corrections(ctx context.Context, status CorrectionStatus, page Page) ([]Correction, error) {
	rows, err := s.queries.ListCorrections(ctx, sqlc.ListCorrectionsParams{
		Status: optional(string(status)), AfterID: optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, translate(err)
	}
	corrections := make([]Correction, len(rows))
	for i, row := range rows {
		if corrections[i], err = newCorrection(row); err != nil {
			return nil, err
		}
	}
	return corrections, nil
}

func withEntries(ctx context.Context, q *sqlc.Queries, row sqlc.Correction) (Correction, error) {
	correction, err := newCorrection(row)
	if err != nil {
		return Correction{}, err
	}
	correction.EntryIDs, err = q.ListCorrectionEntries(ctx, row.ID)
	return correction, err
}

func newCorrection(row sqlc.Correction) (Correction, error) {
	correction := Correction{
		ID: row.ID, Kind: CorrectionKind(row.Kind), Status: CorrectionStatus(row.Status), Currency: money.Currency(row.Currency),
		ClipID: value(row.ClipID), CreatorID: value(row.CreatorID), CampaignID: value(row.CampaignID), AmountMinor: row.AmountMinor,
		EffectiveAt: row.EffectiveAt, ProposedBy: row.ProposedBy, ProposedAt: row.ProposedAt, Reason: row.Reason, Evidence: row.Evidence,
		DecidedBy: value(row.DecidedBy), DecidedAt: row.DecidedAt, DecisionReason: value(row.DecisionReason), CorrectedMinor: row.CorrectedMinor,
	}
	return correction, json.Unmarshal(row.Postings, &correction.Postings)
}
