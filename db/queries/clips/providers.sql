-- name: ListLastReads :many
-- When a provider has last read posts. A post may have several clips.
SELECT clip.external_id, max(latest.observed_at)::timestamptz AS read_at
  FROM clips AS clip
 CROSS JOIN LATERAL (SELECT reading.observed_at FROM observations AS reading
                      WHERE reading.clip_id = clip.id AND reading.provider = @provider
                      ORDER BY reading.poll DESC LIMIT 1) AS latest
 WHERE clip.platform = @platform AND clip.external_id = ANY (@external_ids::text[])
 GROUP BY clip.external_id;

-- name: ListProviderTroubles :many
-- The providers whose latest answers are no good, by platform. Posts that vanished at once count until the
-- provider has read a post, and failed requests until it has answered. The first part steps through the index from pair to pair.
WITH RECURSIVE pair AS (
    (SELECT first.provider, first.platform FROM provider_attempts AS first ORDER BY first.provider, first.platform LIMIT 1)
    UNION ALL
    SELECT next.provider, next.platform
      FROM pair
     CROSS JOIN LATERAL (SELECT after.provider, after.platform FROM provider_attempts AS after
                          WHERE (after.provider, after.platform) > (pair.provider, pair.platform)
                          ORDER BY after.provider, after.platform LIMIT 1) AS next
)
SELECT pair.provider::text AS provider, pair.platform::text AS platform, asked.at::timestamptz AS asked_at,
       trouble.vanished::bigint AS vanished, coalesce(trouble.vanished_since, asked.at)::timestamptz AS vanished_since,
       trouble.failed::bigint AS failed, coalesce(trouble.failing_since, asked.at)::timestamptz AS failing_since, trouble.failures::text[] AS failures
  FROM pair
 CROSS JOIN LATERAL (SELECT max(started_at) AS at FROM provider_attempts AS each
                      WHERE each.provider = pair.provider AND each.platform = pair.platform) AS asked
 CROSS JOIN LATERAL (SELECT coalesce(max(started_at), '-infinity') AS at FROM provider_attempts AS each
                      WHERE each.provider = pair.provider AND each.platform = pair.platform
                        AND each.outcome IN ('ok', 'partial') AND each.clips_read > 0) AS read
 CROSS JOIN LATERAL (SELECT coalesce(max(started_at), '-infinity') AS at FROM provider_attempts AS each
                      WHERE each.provider = pair.provider AND each.platform = pair.platform
                        AND each.outcome IN ('ok', 'partial', 'many_missing')) AS answered
 CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE each.outcome = 'many_missing') AS vanished,
                            min(each.started_at) FILTER (WHERE each.outcome = 'many_missing') AS vanished_since,
                            count(*) FILTER (WHERE each.outcome IN ('unavailable', 'denied', 'invalid') AND each.started_at > answered.at) AS failed,
                            min(each.started_at) FILTER (WHERE each.outcome IN ('unavailable', 'denied', 'invalid') AND each.started_at > answered.at) AS failing_since,
                            coalesce(array_agg(DISTINCT each.outcome ORDER BY each.outcome)
                                       FILTER (WHERE each.outcome IN ('unavailable', 'denied', 'invalid') AND each.started_at > answered.at), '{}') AS failures
                       FROM provider_attempts AS each
                      WHERE each.provider = pair.provider AND each.platform = pair.platform
                        AND each.started_at > greatest(read.at, @since::timestamptz)) AS trouble
 WHERE asked.at > @asked_after::timestamptz AND (trouble.vanished > 0 OR trouble.failed > 0)
 ORDER BY pair.provider, pair.platform;
