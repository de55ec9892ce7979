-- name: InsertVerification :exec
-- A repeated request has the same session.
INSERT INTO organization_verifications (session_id, organization_id, status, error_code, requested_by, requested_at, changed_at)
VALUES (@session_id, @organization_id, @status, @error_code, @requested_by, @requested_at, @requested_at)
ON CONFLICT (session_id) DO NOTHING;

-- name: FindVerification :many
-- The verified session of an organization, or else its last one, and the number of sessions.
SELECT session_id, status, error_code, count(*) OVER () AS sessions
  FROM organization_verifications WHERE organization_id = @organization_id
 ORDER BY status = 'verified' DESC, requested_at DESC, session_id DESC LIMIT 1;

-- name: HasVerification :one
SELECT EXISTS (SELECT FROM organization_verifications WHERE session_id = @session_id);

-- name: UpdateVerification :many
-- Returns the organization of the session. A verified session stays verified.
UPDATE organization_verifications
   SET status = CASE WHEN status = 'verified' THEN status ELSE @status END,
       error_code = CASE WHEN status = 'verified' THEN '' ELSE @error_code END, changed_at = @changed_at
 WHERE session_id = @session_id
RETURNING organization_id, status;

-- name: ListFundedCampaigns :many
-- Those that may wait for the verification of their brand.
SELECT id FROM campaigns WHERE organization_id = @organization_id AND status = 'funded' ORDER BY id LIMIT @page_size;
