// Package books opens everything that is kept in PostgreSQL.
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
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/db/reconciliation"
)

// Books are the stores of one database, each for its subject.
type Books struct {
	DB             *db.DB
	Journal        *journal.Store
	Earnings       *earnings.Store
	Campaigns      *campaigns.Store
	Corrections    *corrections.Store
	Clips          *clips.Store
	Payouts        *payouts.Store
	Reconciliation *reconciliation.Store
	Edge           *edge.Store
	Audit          *audit.Store
}

// Open connects to url as db.Open does, and returns its faults.
func Open(ctx context.Context, url string, options db.Options) (*Books, error) {
	opened, err := db.Open(ctx, url, options)
	if err != nil {
		return nil, err
	}
	entries := journal.New(opened)
	earned := earnings.New(opened, entries)
	funded := campaigns.New(opened, entries)
	return &Books{
		DB:             opened,
		Journal:        entries,
		Earnings:       earned,
		Campaigns:      funded,
		Corrections:    corrections.New(opened, entries, funded),
		Clips:          clips.New(opened),
		Payouts:        payouts.New(opened, entries, earned),
		Reconciliation: reconciliation.New(opened),
		Edge:           edge.New(opened),
		Audit:          audit.New(opened),
	}, nil
}

// Close waits for running statements and closes the connections.
func (b *Books) Close() { b.DB.Close() }
