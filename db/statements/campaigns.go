package statements

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal/months"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/statement"
)

// creatorsMax is how many creators the statement of a campaign lists.
const creatorsMax = 500

// GetCampaign returns the statement of a campaign from its beginning until now. It returns
// fault.NotFound "campaign_not_found" and fault.Conflict "archived".
func (s *Store) GetCampaign(ctx context.Context, id string, now time.Time) (statement.Campaign, error) {
	var reader campaignReader
	err := s.inSnapshot(ctx, func(q *sqlc.Queries) error {
		reader.q = q
		return reader.read(ctx, id, now)
	})
	return reader.Campaign, err
}

// GetReceipt returns the receipt of one payment of a campaign. It returns fault.NotFound
// "campaign_not_found" and "receipt_not_found", and fault.Conflict "archived".
func (s *Store) GetReceipt(ctx context.Context, campaignID, paymentID string) (statement.Receipt, error) {
	var found []sqlc.FindPaymentRow
	var reader campaignReader
	err := s.inSnapshot(ctx, func(q *sqlc.Queries) (err error) {
		reader.q = q
		if err := reader.open(ctx, campaignID); err != nil {
			return err
		}
		found, err = q.FindPayment(ctx, sqlc.FindPaymentParams{
			Currency: string(reader.Terms.Currency), AccountCode: reader.escrow(), SurchargeCode: string(ledger.ProcessingSurcharges), PaymentID: paymentID,
		})
		return err
	})
	if err != nil {
		return statement.Receipt{}, err
	}
	if len(found) == 0 {
		return statement.Receipt{}, fault.New(fault.NotFound, "receipt_not_found", "the campaign has no such payment")
	}
	return reader.receipt(found[0]), nil
}

func (c *campaignReader) receipt(row sqlc.FindPaymentRow) statement.Receipt {
	return statement.Receipt{
		CampaignID: c.CampaignID, OrganizationID: c.OrganizationID, PaymentID: row.Reference, Kind: ledger.Kind(row.Kind), EntryID: row.ID, PaidAt: row.EffectiveAt,
		Currency: c.Terms.Currency, PaidMinor: row.DebitMinor, SurchargeMinor: row.SurchargeMinor, BudgetMinor: row.AmountMinor,
	}
}

type campaignReader struct {
	statement.Campaign
	q *sqlc.Queries
}

func (c *campaignReader) read(ctx context.Context, id string, now time.Time) error {
	c.At = now
	if err := c.open(ctx, id); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{c.readBalance, c.readLegs, c.readEntries, c.readDisputes, c.readCosts} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (c *campaignReader) open(ctx context.Context, id string) error {
	row, err := c.q.ReadCampaign(ctx, id)
	if err != nil {
		return db.OrNotFound(err, "campaign")
	}
	read, err := campaigns.FromRow(sqlc.ListCampaignPageRow(row))
	if err != nil {
		return err
	}
	c.CampaignID, c.OrganizationID, c.Name, c.Status, c.Terms = read.ID, read.OrganizationID, read.Name, read.Status, read.Terms
	return months.RequireCampaign(ctx, c.q, id)
}

func (c *campaignReader) escrow() string { return string(ledger.CampaignEscrow(c.CampaignID)) }

func (c *campaignReader) readBalance(ctx context.Context) error {
	sumMinor, err := c.q.GetBalance(ctx, sqlc.GetBalanceParams{Code: c.escrow(), Currency: string(c.Terms.Currency)})
	c.RemainingMinor = -sumMinor
	return err
}

func (c *campaignReader) readLegs(ctx context.Context) error {
	rows, err := c.q.ListCampaignLegs(ctx, sqlc.ListCampaignLegsParams{EscrowCode: c.escrow(), Currency: string(c.Terms.Currency)})
	for _, row := range rows {
		c.Add(statement.Leg{Kind: ledger.Kind(row.Kind), Holder: statement.Holder(row.Holder), SumMinor: row.SumMinor})
	}
	return err
}

func (c *campaignReader) readEntries(ctx context.Context) error {
	rows, err := c.q.ListCampaignEscrowEntries(ctx, sqlc.ListCampaignEscrowEntriesParams{
		EscrowCode: c.escrow(), SurchargeCode: string(ledger.ProcessingSurcharges), Currency: string(c.Terms.Currency),
	})
	for _, row := range rows {
		kind := ledger.Kind(row.Kind)
		c.Entries = append(c.Entries, statement.CampaignEntry{
			EntryID: row.ID, Kind: kind, Item: statement.ItemOf(kind), Reference: row.Reference, At: row.EffectiveAt, AmountMinor: row.AmountMinor,
		})
		if row.Funds {
			c.Receipts = append(c.Receipts, c.receipt(sqlc.FindPaymentRow{
				ID: row.ID, Kind: row.Kind, Reference: row.Reference, EffectiveAt: row.EffectiveAt,
				AmountMinor: row.AmountMinor, DebitMinor: row.DebitMinor, SurchargeMinor: row.SurchargeMinor,
			}))
		}
	}
	return err
}

func (c *campaignReader) readDisputes(ctx context.Context) error {
	rows, err := c.q.ListCampaignDisputes(ctx, c.CampaignID)
	for _, row := range rows {
		dispute := statement.Dispute{
			DisputeID: row.DisputeID, PaymentID: row.PaymentIntentID, Status: row.Status, AmountMinor: row.AmountMinor,
			OpenedAt: row.OpenedAt, ClosedAt: row.ClosedAt,
		}
		if row.ClosedAt == nil {
			dispute.FrozenMinor = row.FrozenMinor
			c.DisputedMinor += row.FrozenMinor
		}
		c.Disputes = append(c.Disputes, dispute)
	}
	return err
}

func (c *campaignReader) readCosts(ctx context.Context) error {
	rows, err := c.q.ListCampaignCosts(ctx, sqlc.ListCampaignCostsParams{EscrowCode: c.escrow(), Currency: string(c.Terms.Currency)})
	platforms, creators := map[clip.Platform]statement.Cost{}, map[string]statement.Cost{}
	for _, row := range rows {
		cost := statement.Cost{Clips: row.Clips, Views: row.Views, CostMinor: row.CostMinor, ClawedBackMinor: row.BackMinor}
		platform := clip.Platform(row.Platform)
		platforms[platform] = statement.Cost{Platform: platform}.Plus(platforms[platform]).Plus(cost)
		creators[row.CreatorID] = statement.Cost{CreatorID: row.CreatorID}.Plus(creators[row.CreatorID]).Plus(cost)
	}
	for _, cost := range platforms {
		c.Platforms = append(c.Platforms, cost)
	}
	slices.SortFunc(c.Platforms, func(x, y statement.Cost) int { return cmp.Compare(x.Platform, y.Platform) })
	for _, cost := range creators {
		c.Creators = append(c.Creators, cost)
	}
	slices.SortFunc(c.Creators, func(x, y statement.Cost) int {
		return cmp.Or(cmp.Compare(y.CostMinor, x.CostMinor), cmp.Compare(x.CreatorID, y.CreatorID))
	})
	if len(c.Creators) > creatorsMax {
		for _, cost := range c.Creators[creatorsMax:] {
			c.Others, c.OtherCreators = c.Others.Plus(cost), c.OtherCreators+1
		}
		c.Creators = c.Creators[:creatorsMax]
	}
	return err
}
