package earnings

import (
	"context"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/views"
)

// RecordReading stores the reading and credits what it earns under every cap. It shares one
// transaction with other readings of the campaign that arrive at the same time. It returns
// fault.NotFound for an unknown clip or campaign, fault.Conflict "observation_reused" for
// another count under the same poll, and fault.Conflict "reading_out_of_order" for a poll
// below one that is on record. While tracking is switched off, a reading that is not on record is
// fault.Conflict "tracking_off". An impossible number is fault.Invalid "poll_out_of_range"; an
// attempt that is not on record is fault.NotFound "attempt_not_found". A reading that must not be
// used, of another post for example, is recorded as refused and credits nothing.
func (s *Store) RecordReading(ctx context.Context, reading views.Observation) (earnings.Credit, error) {
	if err := reading.Validate(); err != nil {
		return earnings.Credit{}, err
	}
	return s.commits.submit(ctx, reading)
}

// accrualBatch is the work of one transaction on one campaign: load.go reads what the decision
// needs, decide.go decides every reading in memory, write.go stores the results.
type accrualBatch struct {
	campaignID string
	pending    []*pendingReading
	credited   *creditState

	// loaded
	status campaign.Status
	terms  campaign.Terms
	budget sqlc.CampaignBudget
	pauses []views.Pause
	// plausibility and stepViewsMax follow from the terms.
	plausibility views.Plausibility
	stepViewsMax int64
	// thrift is what the campaign's readings have cost, if there is a ceiling.
	thrift   views.Thrift
	recorded map[readingKey]sqlc.ListRecordedReadingsRow
	// tracking refuses new readings while a person has stopped tracking.
	tracking error

	// decided
	rows        sqlc.InsertReadingsParams
	entries     []ledger.Entry
	holdEntries []int // for each hold, the index of its entry
	kept        sqlc.UpdateKeptOfBatchParams
}

// commitReadings loads, decides and writes one batch in one transaction. A decision changes
// the credit state at once. A failed attempt therefore discards the state, and the next
// attempt, after a deadlock for example, starts from the recorded rows.
func (s *Store) commitReadings(ctx context.Context, campaignID string, credited *creditState, pending []*pendingReading) error {
	if err := s.openEarningAccounts(ctx, campaignID, credited.unknownClips(pending)); err != nil {
		return err
	}
	return s.inPipelinedTx(ctx, planSettings(len(pending)), func(tx *pipelinedTx) error {
		batch := &accrualBatch{campaignID: campaignID, pending: pending, credited: credited}
		err := s.commitBatch(ctx, tx, batch)
		if err != nil {
			credited.reset()
		}
		return err
	})
}

func (s *Store) commitBatch(ctx context.Context, tx *pipelinedTx, batch *accrualBatch) error {
	if err := batch.load(ctx, tx); err != nil {
		return err
	}
	batch.decide()
	return s.write(ctx, tx, batch)
}

// planSettings choose how the server plans the statements of a batch. A connection reuses a
// plan for later batches, and the tables are small when it plans the first: index scans are
// forced, as they fit every size. A large batch is worth a plan of its own; a small one is not.
func planSettings(readings int) []string {
	if readings > sharedPlanMax {
		return []string{"enable_seqscan = off", "plan_cache_mode = force_custom_plan"}
	}
	return []string{"enable_seqscan = off", "plan_cache_mode = force_generic_plan"}
}

// sharedPlanMax is the largest batch that uses the cached plan.
const sharedPlanMax = 20
