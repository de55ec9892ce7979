package stripe_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/payments/stripe"
)

func TestNotice(t *testing.T) {
	t.Parallel()
	none := rail.Notice{Concern: rail.ConcernNone}
	about := func(eventType string) rail.Event {
		return rail.Event{Type: eventType, Account: "acct_creator1", ObjectID: "obj_1", PayoutID: "018f-payout", CampaignID: "018f-campaign"}
	}

	for eventType, want := range map[string]rail.Notice{
		"payment_intent.succeeded":               {Concern: rail.ConcernCampaignPayment, CampaignID: "018f-campaign"},
		"payment_intent.payment_failed":          {Concern: rail.ConcernCampaignPayment, CampaignID: "018f-campaign"},
		"payment_intent.canceled":                {Concern: rail.ConcernCampaignPayment, CampaignID: "018f-campaign"},
		"refund.created":                         {Concern: rail.ConcernRefundStarted, CampaignID: "018f-campaign"},
		"refund.updated":                         {Concern: rail.ConcernRefundChanged, CampaignID: "018f-campaign"},
		"refund.failed":                          {Concern: rail.ConcernRefundChanged, CampaignID: "018f-campaign"},
		"charge.refund.updated":                  {Concern: rail.ConcernRefundChanged, CampaignID: "018f-campaign"},
		"payout.canceled":                        {Concern: rail.ConcernPayout, PayoutID: "018f-payout"},
		"payout.created":                         none, // as the answer to its creation said
		"payout.updated":                         none,
		"payout.reconciliation_completed":        none,
		"payout.paid":                            {Concern: rail.ConcernPayout, PayoutID: "018f-payout"},
		"payout.failed":                          {Concern: rail.ConcernPayout, PayoutID: "018f-payout"},
		"transfer.created":                       none,
		"transfer.updated":                       none,
		"transfer.reversed":                      {Concern: rail.ConcernPayout, PayoutID: "018f-payout"},
		"account.external_account.created":       {Concern: rail.ConcernBankAccountAdded, Account: "acct_creator1"},
		"account.updated":                        {Concern: rail.ConcernAccountState, Account: "acct_creator1"},
		"account.application.deauthorized":       {Concern: rail.ConcernAccountState, Account: "acct_creator1"},
		"capability.updated":                     {Concern: rail.ConcernAccountState, Account: "acct_creator1"},
		"balance.available":                      {Concern: rail.ConcernPayoutAccount, Account: "acct_creator1"},
		"account.external_account.updated":       none,
		"account.external_account.deleted":       none,
		"charge.refunded":                        none,
		"charge.succeeded":                       none,
		"charge.dispute.created":                 none, // on a connected account
		"customer.created":                       none,
		"payment_intent":                         none,
		"":                                       none,
		"something.brand_new":                    none,
		"x.payment_intent.succeeded":             none,
		"issuing_dispute.funds_reinstated":       none,
		"treasury.outbound_transfer.posted":      none,
		"account_notice.sent_to_account_creator": none,
	} {
		t.Run("says whom "+eventType+" concerns", func(t *testing.T) {
			t.Parallel()

			require.Equal(t, want, stripe.Notice(about(eventType)))
		})
	}

	t.Run("follows disputes of the platform's own charges", func(t *testing.T) {
		t.Parallel()
		for _, eventType := range []string{"charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated", "charge.dispute.updated", "charge.dispute.closed"} {
			event := about(eventType)
			event.Account = ""

			require.Equal(t, rail.Notice{Concern: rail.ConcernDispute, DisputeID: "obj_1"}, stripe.Notice(event), eventType)
		}
	})

	t.Run("concerns none of our processes without the id that names one", func(t *testing.T) {
		t.Parallel()
		for _, eventType := range []string{
			"payment_intent.succeeded", "charge.dispute.created", "refund.created", "refund.failed", "charge.refund.updated", "payout.paid",
			"transfer.reversed", "account.external_account.created", "account.updated", "capability.updated", "balance.available",
		} {
			require.Equal(t, none, stripe.Notice(rail.Event{ID: "evt_1", Type: eventType}), eventType)
		}
	})
}
