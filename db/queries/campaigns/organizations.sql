-- name: InsertOrganization :execrows
INSERT INTO organizations (id, name) VALUES (@id, @name)
ON CONFLICT (id) DO NOTHING;

-- name: ReadOrganization :one
SELECT id, name, created_at FROM organizations WHERE id = @id;

-- name: ListOrganizations :many
SELECT id, name, created_at
  FROM organizations
 WHERE (sqlc.narg(only_id)::uuid IS NULL OR id = sqlc.narg(only_id))
   AND (sqlc.narg(after_id)::uuid IS NULL OR id > sqlc.narg(after_id))
 ORDER BY id
 LIMIT @page_size;
