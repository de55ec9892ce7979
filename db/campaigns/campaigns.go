package campaigns

import (
	"context"
	"encoding/json"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// Create stores a campaign as a draft with an empty budget. Creating the same campaign again
// changes nothing, also with the terms that its amendments have made. It returns fault.Conflict "campaign_exists" if the id has other terms, and
// fault.NotFound "organization_not_found".
func (s *Store) Create(ctx context.Context, c campaign.NewCampaign) error {
	terms, err := json.Marshal(c.Terms)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		err := q.InsertCampaign(ctx, sqlc.InsertCampaignParams{
			ID: c.ID, OrganizationID: c.OrganizationID, Name: c.Name, Status: string(campaign.Draft),
			Currency: string(c.Terms.Currency), BudgetMinor: c.Terms.BudgetMinor, EndsAt: c.Terms.EndsAt, Terms: terms,
		})
		if err != nil {
			return err
		}
		if err := sameCampaign(ctx, q, c); err != nil {
			return err
		}
		return q.InsertCampaignBudget(ctx, sqlc.InsertCampaignBudgetParams{CampaignID: c.ID, Currency: string(c.Terms.Currency)})
	})
}

func sameCampaign(ctx context.Context, q *sqlc.Queries, c campaign.NewCampaign) error {
	stored, err := q.GetCampaignForDecision(ctx, c.ID)
	if err != nil {
		return err
	}
	var terms campaign.Terms
	if err := json.Unmarshal(stored.Terms, &terms); err != nil {
		return err
	}
	amended := withAmendments(terms, stored.BudgetMinor, stored.EndsAt)
	if stored.OrganizationID != c.OrganizationID || stored.Name != c.Name || !sameTerms(terms, c.Terms) && !sameTerms(amended, c.Terms) {
		return fault.New(fault.Conflict, "campaign_exists", "another campaign has this id")
	}
	return nil
}

// sameTerms compares terms as they are stored.
func sameTerms(a, b campaign.Terms) bool {
	first, _ := json.Marshal(a)
	second, _ := json.Marshal(b)
	return string(first) == string(second)
}

// withAmendments returns the terms with what amendments have made of them. An end that was not amended
// keeps its precision: the column has microseconds.
func withAmendments(terms campaign.Terms, budgetMinor int64, endsAt time.Time) campaign.Terms {
	terms.BudgetMinor = budgetMinor
	if endsAt.Sub(terms.EndsAt).Abs() >= time.Millisecond {
		terms.EndsAt = endsAt.UTC()
	}
	return terms
}

// GetStanding returns a campaign's status and the facts for its next transition, without Now and
// StartsAt. payoutMinimumMinor is the least amount that a payout run pays; the facts leave out
// creators with less. It returns fault.NotFound for an unknown campaign.
func (s *Store) GetStanding(ctx context.Context, campaignID string, payoutMinimumMinor int64) (campaign.Standing, error) {
	standing, err := campaignFacts(ctx, s.db.Queries, campaignID, payoutMinimumMinor)
	if err != nil {
		return standing, err
	}
	asked, err := s.db.Queries.ListCampaignAsked(ctx, campaignID)
	if len(asked) > 0 {
		standing.Asked = campaign.AskedPayment{Generation: int(asked[0].PaymentGeneration), AskedAt: asked[0].AskedAt.UTC()}
	}
	return standing, db.Translate(err)
}

func campaignFacts(ctx context.Context, q *sqlc.Queries, campaignID string, payoutMinimumMinor int64) (campaign.Standing, error) {
	currency, err := q.GetCampaignCurrency(ctx, campaignID)
	if err != nil {
		return campaign.Standing{}, db.Translate(err)
	}
	// No payout can be smaller than a step of the currency.
	leastMinor := money.CeilToStep(max(1, payoutMinimumMinor), money.Currency(currency).PayoutStepMinor())
	row, err := q.GetCampaignFacts(ctx, sqlc.GetCampaignFactsParams{ID: campaignID, PayoutMinimumMinor: leastMinor})
	if err != nil {
		return campaign.Standing{}, db.Translate(err)
	}
	return campaign.Standing{
		Status: campaign.Status(row.Status), PaymentIntentID: db.Text(row.PaymentIntentID), TrackingOff: row.TrackingOff,
		Verification: rail.Verification(row.Verification), VerificationID: row.VerificationID, Currency: money.Currency(currency), EndsAt: row.EndsAt.UTC(),
		Facts: campaign.Facts{
			BudgetMinor: row.BudgetMinor, FundedMinor: row.FundedMinor, SpentMinor: row.SpentMinor, RefundedMinor: row.RefundedMinor, DisputedMinor: row.DisputedMinor, KeptMinor: row.KeptMinor,
			AllocatedMinor: row.AllocatedMinor, WithdrawnMinor: row.WithdrawnMinor,
			HeldMinor: row.HeldMinor, InFlightMinor: row.InFlightMinor, UnpaidMinor: row.UnpaidMinor, OpenClips: row.OpenClips, OpenDisputes: row.OpenDisputes, CreditsWithheld: row.CreditsWithheld,
			RefundStepMinor: money.Currency(currency).ChargeStepMinor(),
		},
	}, nil
}

// Move applies a command and returns the new status. It holds the lock of the budget guard, so
// no accrual is decided at the same time. A command that was applied before returns its status
// again. The end of a campaign keeps money for its clips in review. It returns the conflicts of campaign.Next and fault.NotFound "campaign_not_found".
func (s *Store) Move(ctx context.Context, move campaign.Move) (campaign.Status, error) {
	var next campaign.Status
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		budget, err := q.LockCampaignBudget(ctx, move.CampaignID)
		if err != nil {
			return db.Absent(err, fault.New(fault.NotFound, "campaign_not_found", "no such campaign"))
		}
		standing, err := campaignFacts(ctx, q, move.CampaignID, move.PayoutMinimumMinor)
		if err != nil {
			return err
		}
		standing.Facts.Now, standing.Facts.StartsAt = move.Now, move.StartsAt
		standing.Facts.VerificationDue = move.VerifyAbove.Due(standing.Currency, standing.Facts.BudgetMinor, standing.Verification)
		if next, err = campaign.Next(standing.Status, move.Command, standing.Facts); err != nil {
			if reached, ok := campaign.Target(move.Command); ok && reached == standing.Status {
				next = standing.Status
				return nil
			}
			return err
		}
		if next == campaign.Completed || next == campaign.Cancelled {
			if err := keepForReviews(ctx, q, budget, move.Now); err != nil {
				return err
			}
		}
		if err := q.UpdateCampaignStatus(ctx, sqlc.UpdateCampaignStatusParams{ID: move.CampaignID, Status: string(next)}); err != nil {
			return err
		}
		if err := recordPause(ctx, q, standing.Status, next, move); err != nil {
			return err
		}
		return db.RecordAction(ctx, q, access.OperatorAction{
			ID: move.ActionID, Subject: names.Campaign(move.CampaignID), Action: string(move.Command), Actor: move.Actor, Reason: move.Reason,
		})
	})
	return next, err
}

// recordPause stores when a campaign was paused and when the pause ended. Readings are credited by it.
func recordPause(ctx context.Context, q *sqlc.Queries, from, to campaign.Status, move campaign.Move) error {
	switch {
	case to == campaign.Paused:
		return q.InsertCampaignPause(ctx, sqlc.InsertCampaignPauseParams{CampaignID: move.CampaignID, PausedAt: move.Now})
	case from == campaign.Paused:
		return q.EndCampaignPause(ctx, sqlc.EndCampaignPauseParams{CampaignID: move.CampaignID, ResumedAt: move.Now})
	}
	return nil
}

// StopSubmissions marks the campaign as closing, so that it accepts no new clips.
func (s *Store) StopSubmissions(ctx context.Context, campaignID string) error {
	return db.Translate(s.db.Queries.UpdateCampaignClosing(ctx, campaignID))
}

// FreezePayment stores that the generation after previous of the payment is about to be requested, and
// returns it. A generation that was frozen before keeps its moment. It holds the lock of the budget guard, so
// the budget cannot be taken from the balance at the same time. It returns fault.Conflict "not_fundable" if
// the campaign is not approved or has money already, and fault.NotFound "campaign_not_found".
func (s *Store) FreezePayment(ctx context.Context, campaignID string, previous int, at time.Time) (asked campaign.AskedPayment, err error) {
	err = s.db.InTx(ctx, func(q *sqlc.Queries) error {
		budget, err := q.LockCampaignBudget(ctx, campaignID)
		if err != nil {
			return db.Absent(err, fault.New(fault.NotFound, "campaign_not_found", "no such campaign"))
		}
		standing, err := campaignFacts(ctx, q, campaignID, 0)
		if err != nil {
			return err
		}
		if standing.Status != campaign.Approved || budget.FundedMinor != 0 {
			return fault.New(fault.Conflict, "not_fundable", "only an approved campaign without money can be paid for: this one is %s", standing.Status)
		}
		if err := q.UpdateCampaignAsked(ctx, sqlc.UpdateCampaignAskedParams{ID: campaignID, Generation: int32(previous) + 1, AskedAt: at}); err != nil {
			return err
		}
		frozen, err := q.ListCampaignAsked(ctx, campaignID)
		if err != nil || len(frozen) == 0 {
			return err
		}
		asked = campaign.AskedPayment{Generation: int(frozen[0].PaymentGeneration), AskedAt: frozen[0].AskedAt.UTC()}
		return nil
	})
	return asked, err
}

// SetPaymentIntent stores the payment that will fund the campaign. It returns fault.Conflict
// "payment_in_use" if the payment funds another one.
func (s *Store) SetPaymentIntent(ctx context.Context, campaignID, paymentIntentID string) error {
	return db.Translate(s.db.Queries.UpdateCampaignPaymentIntent(ctx, sqlc.UpdateCampaignPaymentIntentParams{ID: campaignID, PaymentIntentID: &paymentIntentID}))
}

// RecordFunding books a succeeded payment into escrow and raises the budget, once per payment.
// It returns fault.NotFound "campaign_not_found" and fault.Invalid "wrong_currency".
func (s *Store) RecordFunding(ctx context.Context, funding ledger.Funding) error {
	paidAt := funding.PaidAt
	if paidAt.IsZero() {
		paidAt = funding.At
	}
	return s.postWithFunds(ctx, funding.CampaignID, ledger.CampaignFunded(funding), funding.PaymentIntentID, FundsChange{FundedMinor: funding.BudgetMinor()}, func(q *sqlc.Queries) error {
		return q.InsertCampaignPayment(ctx, sqlc.InsertCampaignPaymentParams{
			PaymentIntentID: funding.PaymentIntentID, CampaignID: funding.CampaignID, Method: funding.Method, PaidAt: paidAt,
		})
	})
}

// RecordRefund books a refund out of escrow, once per refund, even if escrow does not cover it,
// because Stripe has made it. A refund may use money that disputes froze, as they concern the
// same payment. An amount beyond that comes out of the organization's balance, as far as a part of the
// payment was moved there. The rest is our loss. It returns fault.NotFound
// "campaign_not_found" and fault.Invalid "wrong_currency".
func (s *Store) RecordRefund(ctx context.Context, refund ledger.Refund) error {
	return s.postWithFunds(ctx, refund.CampaignID, ledger.EscrowRefunded(refund), refund.RefundID, FundsChange{ReturnedMinor: refund.AmountMinor}, nil)
}
