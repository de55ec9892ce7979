package db_test

import (
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

// correct proposes, tries to decide alone, and has another person decide: usually yes. It
// returns whether the books were corrected. A refused proposal is not decided.
func (s *scene) correct(propose correction.Proposal) (bool, error) {
	propose.ID, propose.Currency, propose.ProposedBy, propose.Reason, propose.Now = uuid.NewString(), s.model.currency, "ann", "fraud", s.model.clock
	if _, err := s.store.Corrections.Propose(s.ctx, propose); err != nil {
		return false, err
	}
	decide := correction.Decision{ID: propose.ID, Approve: uniform(s.t, "approve", 5) > 0, Actor: "ann", Now: s.model.clock}
	_, err := s.store.Corrections.Decide(s.ctx, decide)
	require.Equal(s.t, "same_person", fault.CodeOf(err))
	decide.Actor = "bob"
	err = s.done(func() error {
		_, err := s.store.Corrections.Decide(s.ctx, decide)
		return err
	})
	require.NoError(s.t, err)
	other := decide
	other.Approve = !decide.Approve
	_, err = s.store.Corrections.Decide(s.ctx, other)
	require.Equal(s.t, "correction_decided", fault.CodeOf(err))
	return decide.Approve, s.done(func() error {
		_, err := s.store.Corrections.Propose(s.ctx, propose)
		return err
	})
}

func (s *scene) clawBack() (string, error) {
	clip := pick(s.t, "clip", s.model.clips)
	clawable := clip.clawable()
	amount := pick(s.t, "amount", []int64{0, 0, rapid.Int64Range(1, max(1, clawable)).Draw(s.t, "part"), 1 + clawable/2, clawable + 1})
	approved, err := s.correct(correction.Proposal{Kind: correction.Clawback, ClipID: clip.id, AmountMinor: amount})
	switch {
	case clawable == 0:
		return "nothing_to_claw_back", err
	case amount > clawable:
		return "clawback_too_large", err
	case amount == 0:
		amount = clawable
	}
	if approved {
		s.model.clawBack(clip, amount)
	}
	return "", err
}

func (s *scene) writeOff() (string, error) {
	creator := s.anyCreator()
	owed := s.model.owed(creator)
	amount := s.amount(owed)
	approved, err := s.correct(correction.Proposal{Kind: correction.WriteOff, CreatorID: creator, AmountMinor: amount})
	if amount > owed {
		return "above_receivable", err
	}
	if approved {
		s.model.post(map[ledger.Account]int64{ledger.PlatformLosses: amount, ledger.CreatorReceivable(creator): -amount})
		s.model.claims[creator] += amount
	}
	return "", err
}

// adjust moves something between a creator and the platform, in either direction, and dates
// it when it is approved or before.
func (s *scene) adjust() (string, error) {
	creator, c := s.anyCreator(), s.anyCampaign()
	payable, owed := s.model.payable[creator][c.id], s.model.owed(creator)
	account := pick(s.t, "account", []ledger.Account{ledger.CreatorAvailable(creator), ledger.CreatorReceivable(creator), ledger.ProcessingFees})
	amount := pick(s.t, "amount", []int64{1 + payable/2, payable + 1, 20, -20, -1 - owed/2, -owed - 1})
	propose := correction.Proposal{Kind: correction.Adjustment, CampaignID: c.id, Postings: []ledger.Posting{
		{Account: account, AmountMinor: amount}, {Account: ledger.PlatformFees, AmountMinor: -amount},
	}}
	if uniform(s.t, "dated", 2) == 1 {
		at := s.happened()
		propose.EffectiveAt = &at
	}
	approved, err := s.correct(propose)
	switch {
	case propose.EffectiveAt != nil && propose.EffectiveAt.Before(s.books.closed):
		return "period_closed", err
	case account == ledger.CreatorAvailable(creator) && amount > payable:
		return "above_payable", err
	case account == ledger.CreatorReceivable(creator) && -amount > owed:
		return "above_receivable", err
	}
	if approved {
		s.model.post(map[ledger.Account]int64{account: amount, ledger.PlatformFees: -amount})
		if account != ledger.ProcessingFees {
			s.model.claims[creator] -= amount
		}
		if account == ledger.CreatorAvailable(creator) {
			s.model.payable[creator][c.id] -= amount
		}
	}
	return "", err
}

func (s *scene) adjustGuarded() (string, error) {
	creator := s.anyCreator()
	account := pick(s.t, "account", []ledger.Account{
		ledger.CampaignEscrow(s.anyCampaign().id), ledger.CreatorPending(creator), ledger.CreatorInTransit(creator), ledger.CreatorConnected(creator),
		ledger.StripeConnected(creator), ledger.StripeDisputed,
	})
	_, err := s.correct(correction.Proposal{Kind: correction.Adjustment, Postings: []ledger.Posting{
		{Account: account, AmountMinor: 5}, {Account: ledger.PlatformFees, AmountMinor: -5},
	}})
	return "account_not_adjustable", err
}
