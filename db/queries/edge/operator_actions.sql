-- name: InsertOperatorAction :exec
INSERT INTO operator_actions (id, subject, action, actor, reason, evidence) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO NOTHING;
