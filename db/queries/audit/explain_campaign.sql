-- name: SumCampaignAccruals :one
-- Everything that a campaign has spent, and how many accruals break a rule. The rules are those
-- of SumReleasedItems.
SELECT count(*) AS accruals, count(DISTINCT each.clip_id) AS clips, count(DISTINCT each.creator_id) AS creators,
       coalesce(sum(each.gross_minor), 0)::bigint AS gross_minor, coalesce(sum(each.creator_minor), 0)::bigint AS creator_minor,
       coalesce(sum(each.fee_minor), 0)::bigint AS fee_minor, coalesce(sum(each.affiliate_minor), 0)::bigint AS affiliate_minor,
       count(*) FILTER (WHERE each.gross_minor <> each.creator_minor + each.fee_minor + each.affiliate_minor
           OR each.fee_minor <> div(each.clip_net_after_minor::numeric * each.fee_basis_points, 10000)
                - div((each.clip_net_after_minor - each.gross_minor)::numeric * each.fee_basis_points, 10000)
           OR each.affiliate_minor <> CASE WHEN each.affiliate_id IS NULL THEN 0 ELSE div(each.clip_net_after_minor::numeric * each.affiliate_basis_points, 10000)
                - div((each.clip_net_after_minor - each.gross_minor)::numeric * each.affiliate_basis_points, 10000) END) AS split_broken,
       count(*) FILTER (WHERE each.clip_gross_after_minor - each.gross_minor <> each.clip_gross_before_minor) AS chain_broken,
       count(*) FILTER (WHERE NOT coalesce(
           CASE WHEN reading.limited_by = 'none' THEN reading.high_water_views - reading.excluded_views = each.credited_views_after
                 AND each.clip_gross_after_minor = div(each.credited_views_after::numeric * each.rate_minor_per_thousand + 500, 1000)
                ELSE each.clip_gross_after_minor <= div((reading.high_water_views - reading.excluded_views)::numeric * each.rate_minor_per_thousand + 500, 1000)
           END, false)) AS formula_broken
  FROM (SELECT accrual.clip_id, accrual.poll, accrual.creator_id, accrual.affiliate_id, accrual.gross_minor, accrual.creator_minor, accrual.fee_minor,
               accrual.affiliate_minor, accrual.credited_views_after, accrual.clip_gross_after_minor, accrual.clip_net_after_minor,
               lag(accrual.clip_gross_after_minor, 1, 0::bigint) OVER (PARTITION BY accrual.clip_id ORDER BY accrual.poll) AS clip_gross_before_minor,
               (campaign.terms ->> 'rate_minor_per_thousand')::bigint AS rate_minor_per_thousand,
               (campaign.terms ->> 'fee_basis_points')::bigint AS fee_basis_points,
               coalesce((campaign.terms ->> 'affiliate_basis_points')::bigint, 0) AS affiliate_basis_points
          FROM accruals AS accrual JOIN campaigns AS campaign ON campaign.id = accrual.campaign_id
         WHERE accrual.campaign_id = @campaign_id) AS each
  LEFT JOIN observations AS reading ON reading.clip_id = each.clip_id AND reading.poll = each.poll;

-- name: ListCampaignCreators :many
-- The creators with the highest spending first. clawed_back_minor is what was taken back.
SELECT accrual.creator_id, count(*) AS accruals, count(DISTINCT accrual.clip_id) AS clips, sum(accrual.gross_minor)::bigint AS gross_minor,
       sum(accrual.creator_minor)::bigint AS creator_minor, sum(accrual.fee_minor)::bigint AS fee_minor, sum(accrual.affiliate_minor)::bigint AS affiliate_minor,
       coalesce(-sum(returned.amount_minor), 0)::bigint AS clawed_back_minor
  FROM accruals AS accrual
  LEFT JOIN journal_entries AS reversal ON reversal.reverses = accrual.entry_id
  LEFT JOIN postings AS returned ON returned.entry_id = reversal.id
        AND returned.account_id = (SELECT id FROM ledger_accounts WHERE code = 'campaign/' || @campaign_id::uuid || '/escrow')
 WHERE accrual.campaign_id = @campaign_id
 GROUP BY accrual.creator_id
 ORDER BY gross_minor DESC, accrual.creator_id LIMIT @batch;

-- name: ListCampaignClips :many
SELECT accrual.clip_id, clip.platform, accrual.creator_id, count(*) AS accruals, sum(accrual.gross_minor)::bigint AS gross_minor,
       max(accrual.credited_views_after)::bigint AS credited_views, coalesce(-sum(returned.amount_minor), 0)::bigint AS clawed_back_minor
  FROM accruals AS accrual
  JOIN clips AS clip ON clip.id = accrual.clip_id
  LEFT JOIN journal_entries AS reversal ON reversal.reverses = accrual.entry_id
  LEFT JOIN postings AS returned ON returned.entry_id = reversal.id
        AND returned.account_id = (SELECT id FROM ledger_accounts WHERE code = 'campaign/' || @campaign_id::uuid || '/escrow')
 WHERE accrual.campaign_id = @campaign_id
 GROUP BY accrual.clip_id, clip.platform, accrual.creator_id
 ORDER BY gross_minor DESC, accrual.clip_id LIMIT @batch;

-- name: ListCampaignAccruals :many
-- By creator and then in the order of earning, which is the order of the index.
SELECT entry_id, creator_id, creator_gross_after_minor FROM accruals
 WHERE campaign_id = @campaign_id AND (creator_id, creator_gross_after_minor) > (@after_creator::uuid, @after_gross_minor::bigint)
 ORDER BY creator_id, creator_gross_after_minor LIMIT @page_size;

-- name: GetBudget :one
SELECT funded_minor, spent_minor, refunded_minor, disputed_minor FROM campaign_budgets WHERE campaign_id = @campaign_id;
