package edge

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/names"
)

// ListSwitches returns every kill switch.
func (s *Store) ListSwitches(ctx context.Context) ([]killswitch.Switch, error) {
	rows, err := s.db.Queries.ListSwitches(ctx, "")
	if err != nil {
		return nil, db.Translate(err)
	}
	set := fromRows(rows)
	all := make([]killswitch.Switch, 0, len(killswitch.Names()))
	for _, name := range killswitch.Names() {
		all = append(all, killswitch.Find(set, name))
	}
	return all, nil
}

// CheckTracking returns fault.Conflict "tracking_off" while a person has stopped tracking.
func (s *Store) CheckTracking(ctx context.Context) error {
	tracking, err := s.GetSwitch(ctx, killswitch.Tracking)
	if err != nil {
		return err
	}
	return killswitch.CheckTracking(tracking)
}

// GetSwitch returns one kill switch.
func (s *Store) GetSwitch(ctx context.Context, name killswitch.Name) (killswitch.Switch, error) {
	rows, err := s.db.Queries.ListSwitches(ctx, string(name))
	if err != nil {
		return killswitch.Switch{}, db.Translate(err)
	}
	return killswitch.Find(fromRows(rows), name), nil
}

// SetSwitch sets a kill switch and records who did so and why. A switch that is set so already, for
// the same reason, stays as it is.
func (s *Store) SetSwitch(ctx context.Context, to killswitch.Switch, now time.Time) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		changed, err := q.UpsertSwitch(ctx, sqlc.UpsertSwitchParams{Name: string(to.Name), IsOff: to.Off, Reason: to.Reason, Actor: to.Actor, ChangedAt: now})
		if err != nil || changed == 0 {
			return err
		}
		action := map[bool]string{true: "switch_off", false: "switch_on"}[to.Off]
		return db.RecordAction(ctx, q, access.OperatorAction{
			ID: db.NewID(), Subject: names.Switch(string(to.Name)), Action: action, Actor: to.Actor, Reason: to.Reason,
		})
	})
}

func fromRows(rows []sqlc.KillSwitch) []killswitch.Switch {
	set := make([]killswitch.Switch, len(rows))
	for i, row := range rows {
		set[i] = killswitch.Switch{Name: killswitch.Name(row.Name), Off: row.IsOff, Reason: row.Reason, Actor: row.Actor, ChangedAt: row.ChangedAt}
	}
	return set
}
