package db_test

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

func (s *scene) fund() (string, error) {
	c, gross := s.anyCampaign(), rapid.Int64Range(2, 500).Draw(s.t, "gross")
	funding := ledger.Funding{CampaignID: c.id, PaymentIntentID: "pi_" + uuid.NewString(), Currency: s.model.currency, GrossMinor: gross, FeeMinor: 1, At: s.happened()}
	s.model.fund(c, gross, 1)
	err := s.done(func() error { return s.store.Campaigns.RecordFunding(s.t.Context(), funding) })
	more := funding
	more.GrossMinor++
	require.Equal(s.t, "reference_reused", fault.CodeOf(s.store.Campaigns.RecordFunding(s.t.Context(), more)))
	return "", err
}

// refund has Stripe give money back, and tells of it at once or later. What is left is what
// we would refund; a person in Stripe's dashboard may refund anything.
func (s *scene) refund() (string, error) {
	c := s.anyCampaign()
	made := s.model.refund(c, ledger.Refund{CampaignID: c.id, RefundID: "re_" + uuid.NewString(), Currency: s.model.currency, AmountMinor: s.amount(c.left()), At: s.happened()})
	if uniform(s.t, "told", 2) == 0 {
		return "", nil
	}
	return "", s.tellRefund(c, made)
}

func (s *scene) hearOfRefund() (string, error) {
	c := s.anyCampaign()
	if len(c.untold) == 0 {
		return "", nil
	}
	return "", s.tellRefund(c, pick(s.t, "refund", c.untold))
}

func (s *scene) tellRefund(c *modelCampaign, made *modelRefund) error {
	s.model.tellRefund(c, made)
	return s.done(func() error { return s.store.Campaigns.RecordRefund(s.t.Context(), made.refund) })
}

func (s *scene) refundFailed() (string, error) {
	c := s.anyCampaign()
	if len(c.refunds) == 0 {
		refund := ledger.Refund{CampaignID: c.id, RefundID: "re_unknown", Currency: s.model.currency, AmountMinor: 1, At: s.model.clock}
		return "nothing_to_reverse", s.store.Campaigns.RecordRefundFailed(s.t.Context(), refund, "")
	}
	failed := pick(s.t, "refund", c.refunds)
	if !failed.failed {
		s.model.refundFailed(c, failed)
	}
	return "", s.store.Campaigns.RecordRefundFailed(s.t.Context(), failed.refund, "txn_"+failed.refund.RefundID)
}

func (s *scene) dispute() (string, error) {
	c := s.anyCampaign()
	dispute := ledger.Dispute{
		DisputeID: "dp_" + uuid.NewString(), PaymentIntentID: "pi_" + c.id, CampaignID: c.id, Currency: s.model.currency,
		AmountMinor: s.amount(pick(s.t, "of", []int64{c.funded, c.funded / 4})), FeeMinor: pick(s.t, "fee", []int64{0, 15}), At: s.happened(),
	}
	s.model.dispute(c, dispute)
	return "", s.done(func() error { return s.store.Campaigns.RecordDisputeOpened(s.t.Context(), dispute) })
}

func (s *scene) closeDispute() (string, error) {
	c := s.anyCampaign()
	outcome := pick(s.t, "outcome", []string{"won", "lost"})
	record := map[string]func(context.Context, string, time.Time) error{"won": s.store.Campaigns.RecordDisputeWon, "lost": s.store.Campaigns.RecordDisputeLost}[outcome]
	if len(c.disputes) == 0 {
		return "dispute_not_found", record(s.t.Context(), "dp_unknown", s.model.clock)
	}
	d := pick(s.t, "dispute", c.disputes)
	err := record(s.t.Context(), d.dispute.DisputeID, s.happened())
	switch d.outcome {
	case "":
		s.model.closeDispute(c, d, outcome)
	case outcome: // told again
	default:
		return "dispute_decided", err
	}
	return "", err
}
