package demo

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/creditroll/creditroll/domain/campaign"
)

// auditor reads the database. The baseline excludes data from before the demo. Sums over the
// whole ledger include that data, because they must hold at any time.
type auditor struct {
	pool     *pgxpool.Pool
	baseline baseline
}

type baseline struct {
	campaigns []string
	payouts   []string
	seq       int64
}

func openAuditor(ctx context.Context, databaseURL string) (*auditor, error) {
	pool, err := pgxpool.New(ctx, databaseURL)
	if err != nil {
		return nil, err
	}
	b := &auditor{pool: pool}
	err = pool.QueryRow(ctx, `
		SELECT coalesce((SELECT array_agg(campaign_id::text) FROM audit.campaigns), '{}'),
		       coalesce((SELECT array_agg(payout_id::text) FROM audit.payouts), '{}'),
		       coalesce((SELECT max(seq) FROM audit.postings), 0)`).Scan(&b.baseline.campaigns, &b.baseline.payouts, &b.baseline.seq)
	if err != nil {
		pool.Close()
		return nil, err
	}
	return b, nil
}

func (b *auditor) close() { b.pool.Close() }

// snapshot has the sums that must hold at every moment, and the numbers for the display.
type snapshot struct {
	// exceeded are campaigns whose spending and refunds exceed their budget.
	exceeded []string
	// trialBalance is the sum of all postings per currency.
	trialBalance map[string]int64
	views        int64
	accruals     int64
	credited     map[string]int64
	paid         map[string]int64
	campaigns    []campaignStanding
}

type campaignStanding struct {
	ID, Status, Currency    string
	FundedMinor, SpentMinor int64
}

func (b *auditor) takeSnapshot(ctx context.Context) (snapshot, error) {
	s := snapshot{trialBalance: map[string]int64{}, credited: map[string]int64{}, paid: map[string]int64{}}
	err := b.inSnapshot(ctx, func(tx pgx.Tx) (err error) {
		if s.exceeded, err = column[string](ctx, tx, `
			SELECT campaign_id::text FROM audit.campaigns
			 WHERE spent_minor > funded_minor OR spent_minor + refunded_minor > funded_minor ORDER BY 1`); err != nil {
			return err
		}
		if s.trialBalance, err = perCurrency(ctx, tx, `SELECT currency, sum(amount_minor)::bigint FROM audit.postings GROUP BY 1`); err != nil {
			return err
		}
		if s.credited, err = perCurrency(ctx, tx, grossQuery, b.baseline.seq); err != nil {
			return err
		}
		if s.paid, err = perCurrency(ctx, tx, bankedQuery, b.baseline.seq); err != nil {
			return err
		}
		if s.campaigns, err = rows[campaignStanding](ctx, tx, `
			SELECT campaign_id::text, status, currency, funded_minor, spent_minor
			  FROM audit.campaigns WHERE campaign_id::text <> ALL ($1) ORDER BY 1`, b.baseline.campaigns); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `
			SELECT (SELECT coalesce(sum(observed_views), 0)::bigint FROM audit.clips WHERE campaign_id::text <> ALL ($1)),
			       (SELECT count(DISTINCT entry_id) FROM audit.postings WHERE kind = 'earnings_accrued' AND seq > $2)`,
			b.baseline.campaigns, b.baseline.seq).Scan(&s.views, &s.accruals)
	})
	return s, err
}

// The gross that accruals took from escrow, and the money that banks have: in the currencies of the
// earnings, and in those that the banks got. A returned payout is posted back on the same account, and a
// refused one in and out in one entry.
const (
	grossQuery = `
		SELECT currency, sum(amount_minor)::bigint FROM audit.postings
		 WHERE kind = 'earnings_accrued' AND account LIKE 'campaign/%/escrow' AND seq > $1 GROUP BY 1`
	bankedQuery = `
		SELECT currency, sum(amount_minor)::bigint FROM audit.postings
		 WHERE kind IN ('bank_payout_settled', 'bank_payout_failed', 'converted_payout_settled', 'converted_payout_returned')
		   AND account LIKE 'creator/%/connected' AND seq > $1 GROUP BY 1`
	atBanksQuery = `
		SELECT currency, -sum(amount_minor)::bigint FROM audit.postings
		 WHERE kind IN ('bank_payout_settled', 'bank_payout_failed') AND account LIKE 'stripe/connected/%' AND seq > $1 GROUP BY 1`
)

// ledgerFacts are the data of the ledger at the end.
type ledgerFacts struct {
	snapshot
	terms        []campaignFacts
	clips        []clipFact
	observations []observationFact
	payouts      []payoutFact
	underWay     []underWay
	owed         []owed
	external     []externalFact
	// atBanks is what banks have, in the currencies that they got.
	atBanks map[string]int64
	// conversions are the transfers that arrived in another currency.
	conversions []conversionFact
}

// underWay is the money of one creator that has left the available balance and has not arrived.
type underWay struct {
	CreatorID, Currency string
	AmountMinor         int64
}

// owed is what is owed out of the balance at Stripe: escrow, and what creators have that has not left
// for their connected accounts.
type owed struct {
	Currency    string
	AmountMinor int64
}

type campaignFacts struct {
	ID, Status, Currency                                string
	BudgetMinor, FundedMinor, SpentMinor, RefundedMinor int64
	Terms                                               campaign.Terms
}

type clipFact struct {
	ID, CampaignID, CreatorID, Platform, ExternalID, Status string
	CreditedViews, EarnedMinor                              int64
}

type observationFact struct {
	ClipID     string
	Views      int64
	ObservedAt time.Time
	RecordedAt time.Time
}

type payoutFact struct {
	ID, CreatorID, Currency, Status, Reason, TransferID, BankPayoutID string
	AmountMinor                                                       int64
}

type externalFact struct{ ObjectType, ObjectID string }

func (f externalFact) key() string { return f.ObjectType + " " + f.ObjectID }

func (b *auditor) read(ctx context.Context) (ledgerFacts, error) {
	var facts ledgerFacts
	var err error
	if facts.snapshot, err = b.takeSnapshot(ctx); err != nil {
		return facts, err
	}
	err = b.inSnapshot(ctx, func(tx pgx.Tx) (err error) {
		if facts.terms, err = readCampaigns(ctx, tx, b.baseline.campaigns); err != nil {
			return err
		}
		if facts.clips, err = rows[clipFact](ctx, tx, `
			SELECT clip_id::text, campaign_id::text, creator_id::text, platform, external_id, status, credited_views, earned_minor
			  FROM audit.clips WHERE campaign_id::text <> ALL ($1) ORDER BY 1`, b.baseline.campaigns); err != nil {
			return err
		}
		if facts.observations, err = rows[observationFact](ctx, tx, `
			SELECT observation.clip_id::text, observation.views, observation.observed_at, observation.recorded_at
			  FROM public.observations AS observation
			  JOIN audit.clips AS clip ON clip.clip_id = observation.clip_id
			 WHERE clip.campaign_id::text <> ALL ($1) ORDER BY observation.clip_id, observation.poll`, b.baseline.campaigns); err != nil {
			return err
		}
		if facts.payouts, err = rows[payoutFact](ctx, tx, `
			SELECT payout_id::text, creator_id::text, currency, status, coalesce(attention_reason, ''),
			       coalesce(transfer_id, ''), coalesce(bank_payout_id, ''), amount_minor
			  FROM audit.payouts WHERE payout_id::text <> ALL ($1) ORDER BY 1`, b.baseline.payouts); err != nil {
			return err
		}
		if facts.underWay, err = rows[underWay](ctx, tx, `
			SELECT split_part(account, '/', 2), currency, -sum(amount_minor)::bigint FROM audit.postings
			 WHERE (account LIKE 'creator/%/in_transit' OR account LIKE 'creator/%/connected') AND seq > $1
			 GROUP BY 1, 2 HAVING sum(amount_minor) <> 0 ORDER BY 1, 2`, b.baseline.seq); err != nil {
			return err
		}
		if facts.owed, err = rows[owed](ctx, tx, `
			SELECT currency, -sum(amount_minor)::bigint FROM audit.postings
			 WHERE account LIKE 'campaign/%/escrow' OR account ~ '^organization/.*/(balance|withdrawing)$'
			    OR account ~ '^creator/.*/(pending|available|in_transit)$'
			 GROUP BY 1 ORDER BY 1`); err != nil {
			return err
		}
		if facts.atBanks, err = perCurrency(ctx, tx, atBanksQuery, b.baseline.seq); err != nil {
			return err
		}
		if facts.conversions, err = b.readConversions(ctx, tx); err != nil {
			return err
		}
		if facts.external, err = rows[externalFact](ctx, tx, `
			SELECT object_type, object_id FROM audit.external_objects
			 WHERE provider = 'stripe' AND entry_id IN (SELECT entry_id FROM audit.postings WHERE seq > $1) ORDER BY 1, 2`, b.baseline.seq); err != nil {
			return err
		}
		return nil
	})
	return facts, err
}

func readCampaigns(ctx context.Context, tx pgx.Tx, without []string) ([]campaignFacts, error) {
	type row struct {
		campaignFacts
		Terms []byte
	}
	read, err := tx.Query(ctx, `
		SELECT audited.campaign_id::text, audited.status, audited.currency, audited.budget_minor, audited.funded_minor,
		       audited.spent_minor, audited.refunded_minor, campaign.terms
		  FROM audit.campaigns AS audited JOIN public.campaigns AS campaign ON campaign.id = audited.campaign_id
		 WHERE audited.campaign_id::text <> ALL ($1) ORDER BY 1`, without)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(read, func(each pgx.CollectableRow) (campaignFacts, error) {
		var found row
		err := each.Scan(&found.ID, &found.Status, &found.Currency, &found.BudgetMinor, &found.FundedMinor,
			&found.SpentMinor, &found.RefundedMinor, &found.Terms)
		if err == nil {
			err = json.Unmarshal(found.Terms, &found.campaignFacts.Terms)
		}
		return found.campaignFacts, err
	})
}

// earned has one creator's earnings and payments in one currency.
type earned struct {
	CreatorID, Currency            string
	GrossMinor, FeeMinor, NetMinor int64
	PaidMinor                      int64
}

// earnings reads the creators' credited and paid amounts from their accounts.
func (b *auditor) earnings(ctx context.Context) ([]earned, error) {
	var found []earned
	err := b.inSnapshot(ctx, func(tx pgx.Tx) (err error) {
		found, err = rows[earned](ctx, tx, `
			WITH entries AS (SELECT split_part(reference, '/', 1) AS clip_id, currency,
			        max(split_part(account, '/', 2)) FILTER (WHERE account LIKE 'creator/%/pending') AS creator_id,
			        sum(amount_minor) FILTER (WHERE account LIKE 'campaign/%') AS gross,
			        -coalesce(sum(amount_minor) FILTER (WHERE account = 'platform/fees'), 0) AS fee
			   FROM audit.postings WHERE kind = 'earnings_accrued' AND seq > $1 GROUP BY 1, 2),
			paid AS (SELECT split_part(account, '/', 2) AS creator_id, currency, sum(amount_minor) AS amount
			   FROM audit.postings WHERE kind IN ('bank_payout_settled', 'bank_payout_failed', 'converted_payout_settled', 'converted_payout_returned')
			    AND account LIKE 'creator/%/connected' AND seq > $1 GROUP BY 1, 2)
			SELECT entries.creator_id, entries.currency, sum(gross)::bigint, sum(fee)::bigint, (sum(gross) - sum(fee))::bigint,
			       coalesce(max(paid.amount), 0)::bigint
			  FROM entries LEFT JOIN paid USING (creator_id, currency)
			 WHERE entries.creator_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`, b.baseline.seq)
		return err
	})
	return found, err
}

func (b *auditor) inSnapshot(ctx context.Context, read func(tx pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, b.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, read)
}

func rows[T any](ctx context.Context, tx pgx.Tx, query string, args ...any) ([]T, error) {
	found, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, pgx.RowToStructByPos[T])
}

func column[T any](ctx context.Context, tx pgx.Tx, query string, args ...any) ([]T, error) {
	found, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, pgx.RowTo[T])
}

func perCurrency(ctx context.Context, tx pgx.Tx, query string, args ...any) (map[string]int64, error) {
	type sum struct {
		Currency string
		Minor    int64
	}
	found, err := rows[sum](ctx, tx, query, args...)
	sums := map[string]int64{}
	for _, each := range found {
		sums[each.Currency] = each.Minor
	}
	return sums, err
}

// holdsAny reports whether the ledger contains one of some words.
func (b *auditor) holdsAny(ctx context.Context, words []string) (found bool, err error) {
	err = b.pool.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM audit.postings, unnest($1::text[]) AS word
		                WHERE seq > $2 AND (strpos(account, word) > 0 OR strpos(reference, word) > 0))`,
		words, b.baseline.seq).Scan(&found)
	return found, err
}
