-- name: InsertOrganization :execrows
INSERT INTO organizations (id, name) VALUES (@id, @name)
ON CONFLICT (id) DO NOTHING;

-- name: ListOrganizations :many
-- verification is that of the verified session, or else of the last one.
SELECT organization.id, organization.name, organization.created_at,
       coalesce(attempt.status, 'unverified')::text AS verification, coalesce(attempt.error_code, '')::text AS verification_error
  FROM organizations AS organization
  LEFT JOIN LATERAL (SELECT status, error_code FROM organization_verifications
                      WHERE organization_id = organization.id
                      ORDER BY status = 'verified' DESC, requested_at DESC, session_id DESC LIMIT 1) AS attempt ON true
 WHERE (sqlc.narg(only_id)::uuid IS NULL OR organization.id = sqlc.narg(only_id))
   AND (sqlc.narg(after_id)::uuid IS NULL OR organization.id > sqlc.narg(after_id))
 ORDER BY organization.id
 LIMIT @page_size;
