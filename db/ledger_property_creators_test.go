package db_test

import (
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/payout"
)

func (s *scene) read() (string, error) {
	clip := pick(s.t, "clip", s.model.clips)
	gained := pick(s.t, "gained", []int64{0, 1, 999, 3000, 20_000, 300_000})
	gross := s.model.read(clip, gained)
	w := &world.World{CampaignID: clip.campaign.id, ClipIDs: []string{clip.id}, AttemptID: s.attempt}
	reading := w.Reading(0, clip.poll, clip.views)
	reading.Now, reading.Reading.ObservedAt = s.model.clock, s.model.clock
	return "", s.done(func() error {
		recorded, err := s.store.Earnings.RecordReading(s.t.Context(), reading)
		if err == nil {
			require.Equal(s.t, gross, recorded.GrossMinor)
		}
		return err
	})
}

func (s *scene) release() (string, error) {
	s.later(pick(s.t, "later", []time.Duration{0, 30 * time.Minute, 2 * time.Hour}))
	for _, model := range s.currencies {
		model.release()
	}
	return "", world.ReleaseAll(s.t.Context(), s.store, s.model.clock)
}

func (s *scene) reserve() (string, error) { return s.reserveFor(s.anyCreator()) }

func (s *scene) reserveFor(creator string) (string, error) {
	runID, err := s.store.Payouts.OpenRun(s.t.Context(), uuid.NewString(), dbtest.Week(), world.Now)
	require.NoError(s.t, err)
	reserve := payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: runID, CreatorID: creator, Currency: s.model.currency, MinimumMinor: 1, Now: s.model.clock}
	s.model.payDebt(creator, s.model.payable[creator])
	wantedMinor := s.model.available(creator)
	err = s.done(func() error {
		reserved, err := s.store.Payouts.Reserve(s.t.Context(), reserve)
		if err == nil {
			require.Equal(s.t, wantedMinor, reserved.AmountMinor)
		}
		return err
	})
	if wantedMinor == 0 {
		return "below_minimum", err
	}
	if err == nil {
		s.model.reserve(reserve.PayoutID, creator)
	}
	return "", err
}

// payout tells one payout some news, as its own model allows.
func (s *scene) payout() (string, error) {
	if len(s.model.payouts) == 0 {
		return "", nil
	}
	p := pick(s.t, "payout", s.model.payouts)
	code, err := s.tell(p)
	if err == nil {
		s.model.moved(p)
	}
	return code, err
}

// news is mostly what leads a payout on, or few would get far.
func (s *scene) news(p *modelPayout) (payout.Phase, string) {
	if uniform(s.t, "leads on", 10) < 6 {
		if phase, news := p.records.next(); phase != payout.Transfer || news != "intent" {
			return phase, news
		}
		return payout.Transfer, pick(s.t, "news", []string{"intent", "intent", "cancel"})
	}
	phase := pick(s.t, "phase", []payout.Phase{payout.Transfer, payout.BankPayout, payout.Reversal})
	return phase, pick(s.t, "news", []string{"intent", "refused", "applied", "paid", "failed", "cancel"})
}

func (m *payoutModel) next() (payout.Phase, string) {
	for _, phase := range []payout.Phase{payout.Transfer, payout.Reversal, payout.BankPayout} {
		switch {
		case m.is(phase, "unknown"):
			return phase, "applied"
		case phase != payout.Reversal && !m.alive(phase):
			return phase, "intent"
		}
	}
	return payout.BankPayout, "paid"
}

func (s *scene) tell(p *modelPayout) (string, error) {
	phase, news := s.news(p)
	switch {
	case news == "intent":
		_, _, code := p.records.intend(phase, s.model.accountBusy(p))
		_, err := s.store.Payouts.RecordIntent(s.t.Context(), p.id, phase, 0, s.model.clock)
		return code, err
	case news == "refused":
		result := anyResult(s.t, p.records, p.id, phase)
		result.ExternalID, result.FailureCode = "", "declined"
		_, code := p.records.settle(result, "unknown", "refused")
		return code, s.store.Payouts.RecordRefused(s.t.Context(), result)
	case news == "cancel":
		return p.records.cancel(), s.store.Payouts.Cancel(s.t.Context(), p.id, payout.Cancelled, s.model.clock)
	case news == "paid":
		result := anyResult(s.t, p.records, p.id, payout.BankPayout)
		moved, code := p.records.settle(result, "applied", "applied")
		if moved != nil {
			moved.paid = true
		}
		return code, s.store.Payouts.RecordBankPayoutPaid(s.t.Context(), result)
	case news == "failed":
		result := anyResult(s.t, p.records, p.id, payout.BankPayout)
		result.FailureCode = "account_closed"
		_, code := p.records.settle(result, "applied", "undone")
		return code, s.store.Payouts.RecordBankPayoutFailed(s.t.Context(), result)
	case phase == payout.Transfer:
		result := anyResult(s.t, p.records, p.id, phase)
		_, code := p.records.settle(result, "unknown", "applied")
		return code, s.store.Payouts.RecordTransferred(s.t.Context(), result)
	case phase == payout.BankPayout:
		result := anyResult(s.t, p.records, p.id, phase)
		_, code := p.records.settle(result, "unknown", "applied")
		return code, s.store.Payouts.RecordBankPayoutAccepted(s.t.Context(), result)
	}
	result := anyResult(s.t, p.records, p.id, payout.Reversal)
	moved, code := p.records.settle(result, "unknown", "undone")
	if moved != nil {
		transfers := p.records.attempts[payout.Transfer]
		transfers[len(transfers)-1].outcome = "undone"
	}
	return code, s.store.Payouts.RecordReversed(s.t.Context(), result)
}
