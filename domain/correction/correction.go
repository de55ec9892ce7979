package correction

import (
	"crypto/sha256"
	"encoding/json"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// Kind is what people can correct in the books.
type Kind string

// The kinds of corrections.
const (
	Adjustment Kind = "adjustment" // postings that two people agree on
	Clawback   Kind = "clawback"   // a clip's earnings, back into escrow
	WriteOff   Kind = "write_off"  // a creator's debt that nobody will pay
)

// Status is where a correction stands. A decision is final.
type Status string

// The statuses of a correction.
const (
	Proposed Status = "proposed"
	Approved Status = "approved"
	Rejected Status = "rejected"
)

// ParseStatus returns the status of that name, or fault.Invalid "unknown_status".
func ParseStatus(name string) (Status, error) {
	switch status := Status(name); status {
	case Proposed, Approved, Rejected:
		return status, nil
	}
	return "", fault.Field("status", "unknown_status", "no correction is %.40q: use one of %s, %s, %s", name, Proposed, Approved, Rejected)
}

// Proposal is what one person wants corrected.
//
// A clawback names its ClipID; AmountMinor is the gross to take back, newest accruals first,
// zero for all of them. A write-off names CreatorID and AmountMinor. An adjustment has
// Postings and, if one of them is a creator's available balance, the CampaignID to which the
// money is attributed; EffectiveAt is its date, or nil for the moment of the approval.
type Proposal struct {
	ID          string           `json:"id"`
	Kind        Kind             `json:"kind"`
	Currency    money.Currency   `json:"currency"`
	ClipID      string           `json:"clip_id"`
	CreatorID   string           `json:"creator_id"`
	CampaignID  string           `json:"campaign_id"`
	AmountMinor int64            `json:"amount_minor"`
	Postings    []ledger.Posting `json:"postings"`
	EffectiveAt *time.Time       `json:"effective_at,omitempty"`
	ProposedBy  string           `json:"proposed_by"`
	Reason      string           `json:"reason"`
	Evidence    string           `json:"evidence"`
	Now         time.Time        `json:"now"`
}

// RequestHash covers what is proposed, not when: a retry reads a later clock.
func (p Proposal) RequestHash() ([]byte, error) {
	p.Now = time.Time{}
	if p.EffectiveAt != nil {
		at := p.EffectiveAt.UTC()
		p.EffectiveAt = &at
	}
	text, err := json.Marshal(p)
	sum := sha256.Sum256(text)
	return sum[:], err
}

// Correction is a proposal and what became of it. A clawback has the campaign and creator of
// its clip.
type Correction struct {
	ID          string           `json:"id"`
	Kind        Kind             `json:"kind"`
	Status      Status           `json:"status"`
	Currency    money.Currency   `json:"currency"`
	ClipID      string           `json:"clip_id"`
	CreatorID   string           `json:"creator_id"`
	CampaignID  string           `json:"campaign_id"`
	AmountMinor int64            `json:"amount_minor"`
	Postings    []ledger.Posting `json:"postings"`
	EffectiveAt *time.Time       `json:"effective_at,omitempty"`
	ProposedBy  string           `json:"proposed_by"`
	ProposedAt  time.Time        `json:"proposed_at"`
	Reason      string           `json:"reason"`
	Evidence    string           `json:"evidence"`

	DecidedBy      string     `json:"decided_by"`
	DecidedAt      *time.Time `json:"decided_at,omitempty"`
	DecisionReason string     `json:"decision_reason"`
	// CorrectedMinor is what an approval took back, wrote off, or debited in all.
	CorrectedMinor int64 `json:"corrected_minor"`
	// EntryIDs are the journal entries that the approval posted. Only when one correction is
	// read or decided.
	EntryIDs []string `json:"entry_ids"`
}

// Decision is the decision of a second person on a proposal.
type Decision struct {
	ID      string    `json:"id"`
	Approve bool      `json:"approve"`
	Actor   string    `json:"actor"`
	Reason  string    `json:"reason"`
	Now     time.Time `json:"now"`
}

func (d Decision) Status() Status {
	if d.Approve {
		return Approved
	}
	return Rejected
}
