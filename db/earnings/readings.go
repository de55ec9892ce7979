package earnings

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
)

// RecordReading stores the reading and credits what it earns under every cap, in one
// transaction shared with other readings of the campaign that arrive meanwhile. It returns
// fault.NotFound for an unknown clip or campaign, fault.Conflict "observation_reused" for
// another count under the same poll, and fault.Conflict "reading_out_of_order" for a poll
// below one that is on record. A reading that cannot be one is fault.Invalid
// "poll_out_of_range" or "count_negative"; an attempt that is not on record,
// fault.NotFound "attempt_not_found".
func (s *Store) RecordReading(ctx context.Context, reading views.Observation) (earnings.Credit, error) {
	if err := reading.Validate(); err != nil {
		return earnings.Credit{}, err
	}
	return s.commits.submit(ctx, reading)
}

// accrualBatch is the work of one transaction on one campaign.
type accrualBatch struct {
	campaignID string
	status     campaign.Status
	terms      campaign.Terms
	budget     sqlc.CampaignBudget
	standings  *standings

	write       sqlc.InsertReadingsParams
	entries     []ledger.Entry
	holdEntries []int // for each hold, which of entries it belongs to
}

// standings are what the next accruals of a campaign build on. They stay true while the
// guard's count of readings stands still, so a leader that commits batch after batch reads
// each clip once.
type standings struct {
	readings int64
	clips    map[string]*clipStanding
	creators map[string]int64 // gross so far in this campaign
}

type clipStanding struct {
	creatorID     string
	affiliateID   string // empty without one
	lastPoll      int
	state         views.State
	creditedViews int64
	grossMinor    int64
}

// A campaign can have more clips than a leader should remember.
const maxRememberedClips = 100_000

func (k *standings) forget() {
	k.readings, k.clips, k.creators = -1, map[string]*clipStanding{}, map[string]int64{}
}

// commitReadings locks the budget guard in one statement and reads what it decides by in
// the next: a statement that waited for a lock still sees the snapshot from before the
// wait. What an attempt has decided goes into what is known, so an attempt that fails takes
// all of it back: another one, after a deadlock for example, begins with what is on record.
func (s *Store) commitReadings(ctx context.Context, campaignID string, known *standings, pending []*pendingReading) error {
	if err := s.ensureEarningAccounts(ctx, campaignID, known, pending); err != nil {
		return err
	}
	return s.inPipelinedTx(ctx, planning(len(pending)), func(tx *pipelinedTx) error {
		err := s.decideAndWrite(ctx, tx, &accrualBatch{campaignID: campaignID, standings: known}, pending)
		if err != nil {
			known.forget()
		}
		return err
	})
}

func (s *Store) decideAndWrite(ctx context.Context, tx *pipelinedTx, batch *accrualBatch, pending []*pendingReading) error {
	if err := batch.load(ctx, tx, pending); err != nil {
		return err
	}
	recorded, err := batch.listRecorded(ctx, tx, pending)
	if err != nil {
		return err
	}
	batch.decideAll(pending, recorded)
	return s.writeReadings(ctx, tx, batch)
}

// A plan is kept for all later batches of a connection, so it must not be made for the
// small tables of the first one: indexes always serve. Nor is the plan for a few readings
// one for a thousand, which are worth a plan of their own; a few are not.
func planning(readings int) []string {
	if readings > plannedAlikeMax {
		return []string{"enable_seqscan = off", "plan_cache_mode = force_custom_plan"}
	}
	return []string{"enable_seqscan = off", "plan_cache_mode = force_generic_plan"}
}

const plannedAlikeMax = 20

// ensureEarningAccounts opens the accounts of everybody who may earn by the batch; for clips
// that are known it was done before.
func (s *Store) ensureEarningAccounts(ctx context.Context, campaignID string, known *standings, pending []*pendingReading) error {
	entry := ledger.Entry{Postings: []ledger.Posting{{Account: ledger.CampaignEscrow(campaignID)}, {Account: ledger.PlatformFees}}}
	var missing []string
	for _, clipID := range known.unknown(pending) {
		accounts, ok := s.earners.Get(clipID)
		if !ok {
			missing = append(missing, clipID)
		}
		entry.Postings = append(entry.Postings, accountsOnly(accounts)...)
	}
	if len(missing) > 0 {
		rows, err := s.db.Queries.ListClipBeneficiaries(ctx, missing)
		if err != nil {
			return db.Translate(err)
		}
		for _, row := range rows {
			accounts := []ledger.Account{ledger.CreatorPending(row.CreatorID)}
			if row.AffiliateID != nil {
				accounts = append(accounts, ledger.CreatorPending(*row.AffiliateID))
			}
			s.earners.Add(row.ID, accounts)
			entry.Postings = append(entry.Postings, accountsOnly(accounts)...)
		}
	}
	return s.journal.OpenAccounts(ctx, entry)
}

func accountsOnly(accounts []ledger.Account) []ledger.Posting {
	postings := make([]ledger.Posting, len(accounts))
	for i, account := range accounts {
		postings[i].Account = account
	}
	return postings
}

// load locks the guard and reads, in the same round, what is not known yet. When somebody
// else has recorded readings meanwhile, everything is read again.
func (b *accrualBatch) load(ctx context.Context, tx *pipelinedTx, pending []*pendingReading) error {
	unknown := b.standings.unknown(pending)
	var row sqlc.GetCampaignForDecisionRow
	var read []sqlc.ListClipStandingsRow
	err := tx.round(ctx, func(q *sqlc.Queries) (err error) {
		if b.budget, err = q.LockCampaignBudget(ctx, b.campaignID); err != nil {
			return err
		}
		if row, err = q.GetCampaignForDecision(ctx, b.campaignID); err != nil || len(unknown) == 0 {
			return err
		}
		read, err = q.ListClipStandings(ctx, unknown)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.NotFound, "campaign_not_found", "no such campaign").Because(err)
	}
	if err != nil {
		return err
	}
	b.status = campaign.Status(row.Status)
	if err := json.Unmarshal(row.Terms, &b.terms); err != nil {
		return err
	}
	if b.standings.readings != b.budget.Readings && len(b.standings.clips) > 0 {
		b.standings.forget()
		err = tx.round(ctx, func(q *sqlc.Queries) (err error) {
			read, err = q.ListClipStandings(ctx, b.standings.unknown(pending))
			return err
		})
	}
	b.standings.add(b.campaignID, read)
	return err
}

// unknown returns the clips of a batch that have to be read.
func (k *standings) unknown(pending []*pendingReading) []string {
	if len(k.clips) > maxRememberedClips {
		k.forget()
	}
	var ids []string
	for _, each := range pending {
		if _, ok := k.clips[each.reading.ClipID]; !ok {
			ids = append(ids, each.reading.ClipID)
		}
	}
	return ids
}

func (k *standings) add(campaignID string, read []sqlc.ListClipStandingsRow) {
	for _, row := range read {
		if row.CampaignID != campaignID {
			continue
		}
		k.clips[row.ID] = &clipStanding{
			creatorID: row.CreatorID, affiliateID: db.Text(row.AffiliateID), lastPoll: int(row.LastPoll),
			state:         views.State{HighWaterViews: row.HighWaterViews, ExcludedViews: row.ExcludedViews},
			creditedViews: row.CreditedViews, grossMinor: row.ClipGrossMinor,
		}
		k.creators[row.CreatorID] = row.CreatorGrossMinor
	}
}

// readingName is what names a reading.
type readingName struct {
	clipID string
	poll   int
}

func nameOf(r views.Observation) readingName { return readingName{r.ClipID, r.Poll} }

// listRecorded reads what is on record for readings whose poll is not above the clip's last.
func (b *accrualBatch) listRecorded(ctx context.Context, tx *pipelinedTx, pending []*pendingReading) (map[readingName]sqlc.ListRecordedReadingsRow, error) {
	ask := sqlc.ListRecordedReadingsParams{}
	for _, each := range pending {
		if standing, ok := b.standings.clips[each.reading.ClipID]; ok && each.reading.Poll <= standing.lastPoll {
			ask.ClipIds = append(ask.ClipIds, each.reading.ClipID)
			ask.Polls = append(ask.Polls, int32(each.reading.Poll))
		}
	}
	if len(ask.ClipIds) == 0 {
		return nil, nil
	}
	var rows []sqlc.ListRecordedReadingsRow
	err := tx.round(ctx, func(q *sqlc.Queries) (err error) {
		rows, err = q.ListRecordedReadings(ctx, ask)
		return err
	})
	recorded := make(map[readingName]sqlc.ListRecordedReadingsRow, len(rows))
	for _, row := range rows {
		recorded[readingName{row.ClipID, int(row.Poll)}] = row
	}
	return recorded, err
}

// writeReadings stores what was decided, with the commit in the same round. An entry whose
// name is taken is not written, and then its accrual is refused with everything else.
func (s *Store) writeReadings(ctx context.Context, tx *pipelinedTx, batch *accrualBatch) error {
	if len(batch.write.ClipIds) == 0 {
		return tx.commit(ctx, func(*sqlc.Queries) error { return nil })
	}
	reversed := make([]string, len(batch.entries))
	for i := range reversed {
		reversed[i] = names.NilID
	}
	insert, err := s.journal.Insertion(batch.entries, reversed)
	if err != nil {
		return err
	}
	batch.name(insert.Ids)
	err = tx.commit(ctx, func(q *sqlc.Queries) error {
		if len(batch.entries) > 0 {
			if _, err := q.InsertEntries(ctx, insert); err != nil {
				return err
			}
		}
		return q.InsertReadings(ctx, batch.write)
	})
	if err != nil {
		return err
	}
	batch.standings.readings = batch.budget.Readings + int64(len(batch.write.ClipIds))
	return nil
}
