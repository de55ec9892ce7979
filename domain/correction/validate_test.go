package correction_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

func TestProposals(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	base := correction.Proposal{ID: "c1", Currency: "USD", AmountMinor: 100, ProposedBy: "finance", Reason: "wrong clip", Now: now}
	kinds := map[correction.Kind]func(*correction.Proposal){
		correction.Clawback: func(p *correction.Proposal) { p.ClipID = "clip1" },
		correction.WriteOff: func(p *correction.Proposal) { p.CreatorID = "k1" },
		correction.Adjustment: func(p *correction.Proposal) {
			p.Postings = []ledger.Posting{{Account: ledger.PlatformFees, AmountMinor: 100}, {Account: ledger.PlatformLosses, AmountMinor: -100}}
		},
	}
	kinds[correction.SettlePayout] = func(p *correction.Proposal) {
		p.PayoutID, p.How, p.Evidence, p.Reference = "p1", correction.Lost, "the account was closed", "acct_1"
	}
	outside := func(p *correction.Proposal) { p.Evidence, p.Reference = "the statement of the bank", "wire 17" }
	kinds[correction.SettleRefund] = func(p *correction.Proposal) { outside(p); p.CampaignID = "k1" }
	kinds[correction.SettleWithdrawal] = func(p *correction.Proposal) { outside(p); p.WithdrawalID = "w1" }
	kinds[correction.SettleConverted] = func(p *correction.Proposal) { outside(p); p.PaymentIntentID = "pi_1" }
	kinds[correction.SettleBalance] = func(p *correction.Proposal) { outside(p); p.CreatorID, p.How = "c1", correction.Gone }
	proposal := func(kind correction.Kind, change func(*correction.Proposal)) correction.Proposal {
		p := base
		p.Kind = kind
		kinds[kind](&p)
		if change != nil {
			change(&p)
		}
		return p
	}
	for kind := range kinds {
		require.NoError(t, proposal(kind, nil).Validate(), kind)
	}

	tomorrow := now.Add(24 * time.Hour)
	cases := map[string]struct {
		kind   correction.Kind
		change func(*correction.Proposal)
		code   string
	}{
		"without a reason":                {correction.Clawback, func(p *correction.Proposal) { p.Reason = "" }, "reason_missing"},
		"without a proposer":              {correction.Clawback, func(p *correction.Proposal) { p.ProposedBy = "" }, "proposer_missing"},
		"in no currency":                  {correction.Clawback, func(p *correction.Proposal) { p.Currency = "XXQ" }, "unknown_currency"},
		"of a negative amount":            {correction.Clawback, func(p *correction.Proposal) { p.AmountMinor = -1 }, "amount_negative"},
		"of an unknown kind":              {correction.Clawback, func(p *correction.Proposal) { p.Kind = "gift" }, "unknown_kind"},
		"of no clip":                      {correction.Clawback, func(p *correction.Proposal) { p.ClipID = "" }, "clip_missing"},
		"of a clip, with a date":          {correction.Clawback, func(p *correction.Proposal) { p.EffectiveAt = &now }, "date_not_taken"},
		"of no debt":                      {correction.WriteOff, func(p *correction.Proposal) { p.AmountMinor = 0 }, "amount_not_positive"},
		"of a debt without a creator":     {correction.WriteOff, func(p *correction.Proposal) { p.CreatorID = "" }, "creator_missing"},
		"dated tomorrow":                  {correction.Adjustment, func(p *correction.Proposal) { p.EffectiveAt = &tomorrow }, "future_date"},
		"of a payout that is not named":   {correction.SettlePayout, func(p *correction.Proposal) { p.PayoutID = "" }, "payout_missing"},
		"of a payout in no known way":     {correction.SettlePayout, func(p *correction.Proposal) { p.How = "forgotten" }, "unknown_how"},
		"of a payout without evidence":    {correction.SettlePayout, func(p *correction.Proposal) { p.Evidence = " \n" }, "evidence_missing"},
		"of a payout, with a novel":       {correction.SettlePayout, func(p *correction.Proposal) { p.Evidence = strings.Repeat("é", 2001) }, "evidence_too_long"},
		"of a payout, unreferenced":       {correction.SettlePayout, func(p *correction.Proposal) { p.Reference = "\t" }, "reference_missing"},
		"of a payout, overreferenced":     {correction.SettlePayout, func(p *correction.Proposal) { p.Reference = strings.Repeat("x", 201) }, "reference_too_long"},
		"of a payout, with a date":        {correction.SettlePayout, func(p *correction.Proposal) { p.EffectiveAt = &now }, "date_not_taken"},
		"of a payout, with a clip":        {correction.SettlePayout, func(p *correction.Proposal) { p.ClipID = "clip1" }, "field_not_taken"},
		"of a payout, with a creator":     {correction.SettlePayout, func(p *correction.Proposal) { p.CreatorID = "k1" }, "field_not_taken"},
		"of a refund of no campaign":      {correction.SettleRefund, func(p *correction.Proposal) { p.CampaignID = "" }, "campaign_missing"},
		"of a refund of nothing":          {correction.SettleRefund, func(p *correction.Proposal) { p.AmountMinor = 0 }, "amount_not_positive"},
		"of a refund, in a way":           {correction.SettleRefund, func(p *correction.Proposal) { p.How = correction.Lost }, "field_not_taken"},
		"of a refund without evidence":    {correction.SettleRefund, func(p *correction.Proposal) { p.Evidence = "" }, "evidence_missing"},
		"of no withdrawal":                {correction.SettleWithdrawal, func(p *correction.Proposal) { p.WithdrawalID = "" }, "withdrawal_missing"},
		"of nothing of a withdrawal":      {correction.SettleWithdrawal, func(p *correction.Proposal) { p.AmountMinor = 0 }, "amount_not_positive"},
		"of a withdrawal and a campaign":  {correction.SettleWithdrawal, func(p *correction.Proposal) { p.CampaignID = "k1" }, "field_not_taken"},
		"of a withdrawal, unproven":       {correction.SettleWithdrawal, func(p *correction.Proposal) { p.Evidence = "" }, "evidence_missing"},
		"of a refund and a withdrawal":    {correction.SettleRefund, func(p *correction.Proposal) { p.WithdrawalID = "w1" }, "field_not_taken"},
		"of a clip, with a withdrawal":    {correction.Clawback, func(p *correction.Proposal) { p.WithdrawalID = "w1" }, "field_not_taken"},
		"of no payment":                   {correction.SettleConverted, func(p *correction.Proposal) { p.PaymentIntentID = "" }, "payment_missing"},
		"of a payment with a novel as id": {correction.SettleConverted, func(p *correction.Proposal) { p.PaymentIntentID = strings.Repeat("x", 201) }, "payment_too_long"},
		"of nothing of a payment":         {correction.SettleConverted, func(p *correction.Proposal) { p.AmountMinor = 0 }, "amount_not_positive"},
		"of a payment and a campaign":     {correction.SettleConverted, func(p *correction.Proposal) { p.CampaignID = "k1" }, "field_not_taken"},
		"of a payment, unproven":          {correction.SettleConverted, func(p *correction.Proposal) { p.Evidence = "" }, "evidence_missing"},
		"of a withdrawal and a payment":   {correction.SettleWithdrawal, func(p *correction.Proposal) { p.PaymentIntentID = "pi_1" }, "field_not_taken"},
		"of a clip, with a payment":       {correction.Clawback, func(p *correction.Proposal) { p.PaymentIntentID = "pi_1" }, "field_not_taken"},
		"of a balance of no creator":      {correction.SettleBalance, func(p *correction.Proposal) { p.CreatorID = "" }, "creator_missing"},
		"of a balance of nothing":         {correction.SettleBalance, func(p *correction.Proposal) { p.AmountMinor = 0 }, "amount_not_positive"},
		"of a balance in a payout's way":  {correction.SettleBalance, func(p *correction.Proposal) { p.How = correction.Lost }, "unknown_how"},
		"of a balance with a campaign":    {correction.SettleBalance, func(p *correction.Proposal) { p.CampaignID = "k1" }, "field_not_taken"},
		"of a balance without reference":  {correction.SettleBalance, func(p *correction.Proposal) { p.Reference = "" }, "reference_missing"},
		"of a clip, with a payout":        {correction.Clawback, func(p *correction.Proposal) { p.PayoutID = "p1" }, "field_not_taken"},
		"of a debt, with a way":           {correction.WriteOff, func(p *correction.Proposal) { p.How = correction.Lost }, "field_not_taken"},
		"of postings that do not sum up":  {correction.Adjustment, func(p *correction.Proposal) { p.Postings = p.Postings[:1] }, ""},
	}
	for name, test := range cases {
		t.Run(name+" are refused", func(t *testing.T) {
			t.Parallel()
			err := proposal(test.kind, test.change).Validate()

			require.Equal(t, fault.Invalid, fault.KindOf(err))
			if test.code != "" {
				require.Equal(t, test.code, fault.CodeOf(err))
			}
		})
	}
}
