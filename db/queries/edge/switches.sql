-- name: ListSwitches :many
-- The switches that were set, or the named one.
SELECT name, is_off, reason, actor, changed_at FROM kill_switches
 WHERE @name::text = '' OR name = @name ORDER BY name;

-- name: UpsertSwitch :execrows
-- Changes nothing if the switch is set so already.
INSERT INTO kill_switches (name, is_off, reason, actor, changed_at) VALUES (@name, @is_off, @reason, @actor, @changed_at)
ON CONFLICT (name) DO UPDATE
   SET is_off = excluded.is_off, reason = excluded.reason, actor = excluded.actor, changed_at = excluded.changed_at
 WHERE kill_switches.is_off <> excluded.is_off OR kill_switches.reason <> excluded.reason;
