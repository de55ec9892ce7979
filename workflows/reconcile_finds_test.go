package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// planted is a difference of whose kind nothing else is in a world.
type planted struct {
	class    reconcile.Class
	objectID string
	subject  string
	// harmless differences block no payout.
	harmless bool
	// cure takes the cause away; a difference without a cure stays open.
	cure func()
}

// A difference of each class is planted, found, classified, and cleared with its cause.
func TestReconcileFinds(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		name  string
		plant func(t *testing.T, c *compared) planted
	}{
		{"missing here: a transfer that was made and never booked, until it is", func(t *testing.T, c *compared) planted {
			intent := c.reserve(t)
			id := c.sendTransfer(t, intent, nil)
			return planted{reconcile.MissingHere, id, payoutSubject(intent), false, func() {
				require.NoError(t, c.store.Payouts.RecordTransferred(t.Context(), c.result(intent, id)))
			}}
		}},
		{"missing here: a payment that arrived unnoticed", func(t *testing.T, c *compared) planted {
			campaignID := uuid.NewString()
			require.NoError(t, c.store.Campaigns.Create(t.Context(), campaign.NewCampaign{ID: campaignID, OrganizationID: c.organizationID, Name: "Autumn", Terms: terms()}))
			funded, err := c.payments.CreateFunding(t.Context(), rail.FundingRequest{
				CampaignID: campaignID, AmountMinor: 100_000, Currency: "USD", PaymentMethod: "pm_card_bypassPending", Generation: 1, IdempotencyKey: "unnoticed",
			})
			require.NoError(t, err)
			require.NoError(t, c.store.Campaigns.SetPaymentIntent(t.Context(), campaignID, funded.ID))
			return planted{reconcile.MissingHere, funded.ID, "campaign/" + campaignID, false, func() {
				require.NoError(t, c.store.Campaigns.RecordFunding(t.Context(), ledger.Funding{
					CampaignID: campaignID, PaymentIntentID: funded.ID, Currency: "USD", GrossMinor: 100_000, FeeMinor: funded.FeeMinor, At: c.clock.Now(),
				}))
			}}
		}},
		{"missing here: a refund that was made by hand", func(t *testing.T, c *compared) planted {
			id := c.post(t, "/v1/refunds", map[string][]string{"payment_intent": {c.paymentIntent(t)}, "amount": {"700"}})["id"].(string)
			return planted{reconcile.MissingHere, id, "campaign/" + c.campaignID, false, func() {
				c.control(t, "/refunds/"+id+"/fail", `{}`) // the money comes back
			}}
		}},
		{"missing here: a reversal that was made by hand", func(t *testing.T, c *compared) planted {
			intent, transferID := c.transferred(t)
			id := c.post(t, "/v1/transfers/"+transferID+"/reversals", nil)["id"].(string)
			return planted{reconcile.MissingHere, id, payoutSubject(intent), false, func() { c.bookReversal(t, intent.PayoutID, id) }}
		}},
		{"missing here: a dispute that was not noticed, until it is booked", func(t *testing.T, c *compared) planted {
			dispute := c.dispute(t)
			return planted{reconcile.MissingHere, dispute.DisputeID, "campaign/" + c.campaignID, false, func() {
				require.NoError(t, c.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))
			}}
		}},
		{"missing here: a refund that arrives long after it was made, until it is booked", func(t *testing.T, c *compared) planted {
			c.campaignID, _ = c.liveCampaignPaidBy(t, "pm_card_pendingRefund", nil)
			refundID := c.refund(t, 5_000, "slow")
			c.pass(t)
			require.Empty(t, c.open(t))
			c.longAfter()
			c.pass(t) // sees that it has arrived
			return planted{reconcile.MissingHere, refundID, "campaign/" + c.campaignID, false, func() {
				require.NoError(t, c.store.Campaigns.RecordRefund(t.Context(), ledger.Refund{CampaignID: c.campaignID, RefundID: refundID, Currency: "USD", AmountMinor: 5_000, At: c.clock.Now()}))
			}}
		}},
		{"missing there: a transfer that Stripe does not show, until it does", func(t *testing.T, c *compared) planted {
			intent, id := c.transferred(t)
			c.later(9 * 24 * time.Hour) // beyond the window, so that it is asked for by its id
			hidden, err := c.sim.Faults().Add(faults.Rule{Method: "GET", Path: "/v1/transfers/" + id, Action: faults.Refuse, Status: 404, Code: "resource_missing", Count: faults.Forever})
			require.NoError(t, err)
			return planted{reconcile.MissingThere, id, payoutSubject(intent), false, func() { c.sim.Faults().Remove(hidden.ID) }}
		}},
		{"missing there: a transfer that was booked by mistake, until the payout gave it back", func(t *testing.T, c *compared) planted {
			intent := c.reserve(t)
			require.NoError(t, c.store.Payouts.RecordTransferred(t.Context(), c.result(intent, "tr_nowhere")))
			return planted{reconcile.MissingThere, "tr_nowhere", payoutSubject(intent), false, func() {
				c.disturb(t, "UPDATE payout_attempts SET outcome = 'undone' WHERE external_id = 'tr_nowhere'")
			}}
		}},
		{"amount: a won dispute that brought back more than was booked", func(t *testing.T, c *compared) planted {
			dispute := c.dispute(t)
			require.NoError(t, c.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))
			c.control(t, "/disputes/"+dispute.DisputeID+"/win", `{}`)
			c.disturb(t, "UPDATE funding_disputes SET amount_minor = 2900, frozen_minor = 2900")
			require.NoError(t, c.store.Campaigns.RecordDisputeWon(t.Context(), dispute.DisputeID, c.clock.Now()))
			return planted{class: reconcile.Amount, objectID: c.movements(t, dispute.DisputeID)[1]}
		}},
		{"amount: a failed refund that brought back more than was booked", func(t *testing.T, c *compared) planted {
			refund := ledger.Refund{CampaignID: c.campaignID, RefundID: c.refund(t, 5_000, "refund"), Currency: "USD", AmountMinor: 5_000, At: c.clock.Now()}
			require.NoError(t, c.store.Campaigns.RecordRefund(t.Context(), refund))
			c.control(t, "/refunds/"+refund.RefundID+"/fail", `{}`)
			back := c.call(t, "GET", "/v1/refunds/"+refund.RefundID, "", "", "")["failure_balance_transaction"].(string)
			refund.AmountMinor = 4_900
			require.NoError(t, c.store.Campaigns.RecordRefundFailed(t.Context(), refund, back))
			return planted{class: reconcile.Amount, objectID: back}
		}},
		{"currency: a transfer in another one", func(t *testing.T, c *compared) planted {
			c.control(t, "/accounts/"+platform+"/adjust", `{"amount_minor":50000,"currency":"eur"}`)
			c.acknowledgeAll(t)
			intent := c.reserve(t)
			id := c.sendTransfer(t, intent, func(r *rail.TransferRequest) { r.Currency = "EUR" })
			require.NoError(t, c.store.Payouts.RecordTransferred(t.Context(), c.result(intent, id)))
			return planted{reconcile.Currency, id, payoutSubject(intent), false, func() {
				c.bookReversal(t, intent.PayoutID, c.post(t, "/v1/transfers/"+id+"/reversals", nil)["id"].(string))
			}}
		}},
		{"state: a bank payout that is paid here and came back there, until it is booked", func(t *testing.T, c *compared) planted {
			intent, id := c.accepted(t)
			c.control(t, "/payouts/"+id+"/pay", `{}`)
			require.NoError(t, c.store.Payouts.RecordBankPayoutPaid(t.Context(), c.result(intent, id)))
			c.pass(t)
			require.Empty(t, c.open(t))
			c.control(t, "/payouts/"+id+"/fail", `{"failure_code":"account_closed"}`)
			c.pass(t) // sees the change
			return planted{reconcile.State, id, payoutSubject(intent), false, func() {
				require.NoError(t, c.store.Payouts.RecordBankPayoutFailed(t.Context(), c.result(intent, id)))
			}}
		}},
		{"state: a bank payout whose arrival was not noticed blocks nothing", func(t *testing.T, c *compared) planted {
			intent, id := c.accepted(t)
			c.pass(t)
			c.control(t, "/payouts/"+id+"/pay", `{}`)
			c.pass(t)
			require.Empty(t, c.open(t), "the news may still be on its way")
			return planted{class: reconcile.State, objectID: id, subject: payoutSubject(intent), harmless: true}
		}},
		{"state: a dispute that is decided long after it was opened, though no workflow follows it any more", func(t *testing.T, c *compared) planted {
			dispute := c.dispute(t)
			require.NoError(t, c.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))
			c.longAfter()
			c.pass(t)
			require.Empty(t, c.open(t))
			c.control(t, "/disputes/"+dispute.DisputeID+"/lose", `{}`) // moves nothing that a list would bring
			c.pass(t)                                                  // sees the change
			return planted{reconcile.State, dispute.DisputeID, "campaign/" + c.campaignID, true, func() {
				require.NoError(t, c.store.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, c.clock.Now()))
			}}
		}},
		{"missing here: a transfer that failed, of which only the balance tells, until its reversal is booked", func(t *testing.T, c *compared) planted {
			intent, id := c.transferred(t)
			failed := reconcile.Object{
				Type: reconcile.BalanceTransaction, ID: "txn_failure", Status: "transfer_failure", AmountMinor: intent.AmountMinor, Currency: "USD",
				SourceType: reconcile.Transfer, SourceID: id, CreatedAt: c.clock.Now(),
			}
			say := func() {
				require.NoError(t, c.store.Reconciliation.RecordObjects(t.Context(), []reconcile.Object{failed}, c.clock.Now().Add(time.Hour)))
			}
			say()
			return planted{reconcile.MissingHere, "txn_failure", payoutSubject(intent), false, func() {
				reversal := c.intend(t, intent.PayoutID, payout.Reversal)
				require.NoError(t, c.store.Payouts.RecordReversed(t.Context(), c.result(reversal, c.reverse(t, id, reversal.AmountMinor, intent.PayoutID, reversal.IdempotencyKey))))
				say()
			}}
		}},
		{"an open difference clears though its object is older than the window by then", func(t *testing.T, c *compared) planted {
			intent := c.reserve(t)
			id := c.sendTransfer(t, intent, nil)
			c.pass(t)
			c.later(30 * 24 * time.Hour)
			return planted{reconcile.MissingHere, id, payoutSubject(intent), false, func() {
				require.NoError(t, c.store.Payouts.RecordTransferred(t.Context(), c.result(intent, id)))
			}}
		}},
		{"unknown: a transfer by hand, once, though it moved the balance as well", func(t *testing.T, c *compared) planted {
			id := c.post(t, "/v1/transfers", map[string][]string{"amount": {"100"}, "currency": {"usd"}, "destination": {c.creator.account}})["id"].(string)
			return planted{reconcile.Unknown, id, "", true, func() { c.reverse(t, id, 100, "none", "undo") }}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := setupPasses(t)
			difference := tc.plant(t, c)

			found := c.pass(t)

			c.requireOne(t, difference.class, difference.objectID, difference.subject, !difference.harmless)
			require.Equal(t, !difference.harmless, found.Blocking > 0)
			if difference.cure == nil {
				return
			}
			difference.cure()
			cleared := c.pass(t)
			require.Empty(t, c.open(t))
			require.Equal(t, int32(1), cleared.Cleared)
		})
	}

	t.Run("amount: a transfer of less than was booked, until both are undone", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		intent := c.reserve(t)
		id := c.sendTransfer(t, intent, func(r *rail.TransferRequest) { r.AmountMinor-- })
		require.NoError(t, c.store.Payouts.RecordTransferred(t.Context(), c.result(intent, id)))

		c.pass(t)
		open := c.open(t)
		require.Len(t, open, 2) // the object, and what it did to the balance
		for _, difference := range open {
			require.Equal(t, reconcile.Amount, difference.Class)
			require.True(t, difference.Blocking)
		}
		require.Contains(t, open[0].Detail+open[1].Detail, id)
		c.bookReversal(t, intent.PayoutID, c.post(t, "/v1/transfers/"+id+"/reversals", nil)["id"].(string))
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("amount: a dispute that cost another fee than was booked, until the books are adjusted and a person says so", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		dispute := c.dispute(t)
		dispute.FeeMinor = 1_400
		require.NoError(t, c.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))

		c.pass(t)
		found := c.requireOne(t, reconcile.Amount, c.movements(t, dispute.DisputeID)[0], "", true)
		require.Equal(t, "booking_missing", fault.CodeOf(c.acknowledge(t, found.ID)))
		require.NoError(t, c.acknowledgeBy(t, found.ID, c.adjust(t, ledger.ProcessingFees, 100)))
		result := c.pass(t)

		require.Empty(t, c.open(t))
		require.Zero(t, result.Blocking)
	})

	t.Run("duplicate: a second transfer for one payout, until it is taken back", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		intent, booked := c.transferred(t)
		second := c.sendTransfer(t, intent, func(r *rail.TransferRequest) { r.IdempotencyKey = "another" })

		c.pass(t)
		found := c.requireOne(t, reconcile.Duplicate, second, "payout/"+intent.PayoutID, true)
		require.Equal(t, booked, found.Ours)
		c.reverse(t, second, intent.AmountMinor, intent.PayoutID, "undo")
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("unknown: money that moved for nothing of ours, until a person has looked at it", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.control(t, "/accounts/"+platform+"/adjust", `{"amount_minor":4200}`)

		result := c.pass(t)
		require.Equal(t, int32(1), result.Open)
		require.Zero(t, result.Blocking)
		open := c.open(t)
		require.Equal(t, reconcile.Unknown, open[0].Class)
		require.Equal(t, "42.00 USD", open[0].Theirs)
		require.NoError(t, c.acknowledge(t, open[0].ID))
		c.pass(t)
		require.Empty(t, c.open(t))
		c.later(20 * 24 * time.Hour)
		c.pass(t)
		require.Empty(t, c.open(t))
	})
}

// adjust debits an account against the platform's balance, by two people.
func (c *compared) adjust(t *testing.T, account ledger.Account, amountMinor int64) (correctionID string) {
	t.Helper()
	propose := correction.Proposal{
		ID: uuid.NewString(), Kind: correction.Adjustment, Currency: "USD", ProposedBy: "u1", Reason: "another fee", Now: c.clock.Now(),
		Postings: []ledger.Posting{{Account: account, AmountMinor: amountMinor}, {Account: ledger.StripePlatform, AmountMinor: -amountMinor}},
	}
	_, err := c.store.Corrections.Propose(t.Context(), propose)
	require.NoError(t, err)
	_, err = c.store.Corrections.Decide(t.Context(), correction.Decision{ID: propose.ID, Approve: true, Actor: "u2", Reason: "seen", Now: c.clock.Now()})
	require.NoError(t, err)
	return propose.ID
}

func payoutSubject(intent payout.Intent) string { return "payout/" + intent.PayoutID }
