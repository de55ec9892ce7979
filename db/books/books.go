// Package books opens the stores of all subjects on one database.
package books

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/corrections"
	"github.com/creditroll/creditroll/db/earnings"
	"github.com/creditroll/creditroll/db/edge"
	"github.com/creditroll/creditroll/db/evidence"
	"github.com/creditroll/creditroll/db/funding"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/db/reconciliation"
	"github.com/creditroll/creditroll/db/statements"
)

// Books holds the stores of one database, one for each subject.
type Books struct {
	DB             *db.DB
	Journal        *journal.Store
	Earnings       *earnings.Store
	Campaigns      *campaigns.Store
	Funding        *funding.Store
	Corrections    *corrections.Store
	Clips          *clips.Store
	Payouts        *payouts.Store
	Reconciliation *reconciliation.Store
	Edge           *edge.Store
	Evidence       *evidence.Store
	Audit          *audit.Store
	Statements     *statements.Store
}

// Open connects to url as db.Open does, and returns its faults.
func Open(ctx context.Context, url string, options db.Options) (*Books, error) {
	opened, err := db.Open(ctx, url, options)
	if err != nil {
		return nil, err
	}
	b := &Books{
		DB:         opened,
		Journal:    journal.New(opened),
		Clips:      clips.New(opened),
		Edge:       edge.New(opened),
		Evidence:   evidence.New(opened),
		Audit:      audit.New(opened),
		Statements: statements.New(opened),
	}
	b.Reconciliation = reconciliation.New(opened, b.Journal)
	b.Earnings = earnings.New(opened, b.Journal)
	b.Campaigns = campaigns.New(opened, b.Journal)
	b.Funding = funding.New(opened, b.Journal)
	b.Payouts = payouts.New(opened, b.Journal, b.Earnings)
	b.Corrections = corrections.New(opened, b.Journal, b.Campaigns, b.Payouts, b.Funding)
	return b, nil
}
