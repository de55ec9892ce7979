package months_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/db/journal/months"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

func TestDetachRefusals(t *testing.T) {
	t.Parallel()
	asked := func(t *testing.T) months.DetachMonth {
		return months.DetachMonth{Table: "postings", Period: lastMonth(t), Actor: "finance-1", Reason: "kept elsewhere", Now: time.Now()}
	}

	for _, tc := range []struct {
		name, code string
		arrange    func(t *testing.T, w *world.World, in *months.DetachMonth) (url string)
	}{
		{"without an actor", "actor_missing", func(_ *testing.T, w *world.World, in *months.DetachMonth) string {
			in.Actor = ""
			return w.URL
		}},
		{"of a table without months", "unknown_table", func(_ *testing.T, w *world.World, in *months.DetachMonth) string {
			in.Table = "accruals"
			return w.URL
		}},
		{"that is not over", "period_not_over", func(_ *testing.T, w *world.World, in *months.DetachMonth) string {
			in.Now = in.Period.EndsAt.Add(-time.Second)
			return w.URL
		}},
		{"that is open", "period_open", func(_ *testing.T, w *world.World, _ *months.DetachMonth) string { return w.URL }},
		{"that is not sealed", "month_unsealed", func(t *testing.T, w *world.World, _ *months.DetachMonth) string {
			closePeriod(t, w, lastMonth(t))
			return w.URL
		}},
		{"without a table", "month_without_table", func(t *testing.T, w *world.World, in *months.DetachMonth) string {
			closePeriod(t, w, lastMonth(t))
			in.Period = dbtest.Period(t, "2026-02")
			return w.URL
		}},
		{"behind one that is attached", "earlier_month_attached", func(t *testing.T, w *world.World, _ *months.DetachMonth) string {
			dbtest.Tamper(t, w.URL, "SELECT make_partition('postings', '2026-01-01Z')")
			closePeriod(t, w, lastMonth(t))
			return w.URL
		}},
		{"that is detached", "month_detached", func(t *testing.T, w *world.World, _ *months.DetachMonth) string {
			dbtest.SealAll(t, w.Books, seal.DefaultLimits())
			closePeriod(t, w, lastMonth(t))
			mustDetach(t, w, "postings")
			return w.URL
		}},
		{"by who does not own it", "not_the_owner", func(t *testing.T, w *world.World, _ *months.DetachMonth) string {
			dbtest.SealAll(t, w.Books, seal.DefaultLimits())
			closePeriod(t, w, lastMonth(t))
			return dbtest.Member(t, w.URL, db.AppRole)
		}},
		{"of readings that may still come", "campaign_open", func(t *testing.T, w *world.World, in *months.DetachMonth) string {
			closePeriod(t, w, lastMonth(t))
			in.Table = "observations"
			return w.URL
		}},
	} {
		t.Run("refuses a month "+tc.name, func(t *testing.T) {
			t.Parallel()
			w := world.New(t, 1, nil)
			age(t, w, 1)
			in := asked(t)
			url := tc.arrange(t, w, &in)

			_, err := months.Detach(t.Context(), url, in)

			require.Equal(t, tc.code, fault.CodeOf(err), err)
		})
	}
}
