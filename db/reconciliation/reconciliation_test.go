package reconciliation_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/reconciliation"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// passes are over books that hold nothing, so that whatever Stripe has is missing here.
type passes struct {
	*books.Books
	now time.Time
}

func setupPasses(t *testing.T) *passes {
	t.Helper()
	return &passes{Books: dbtest.New(t), now: time.Now().UTC().Truncate(time.Millisecond)}
}

func (p *passes) open(t *testing.T) reconcile.Pass {
	t.Helper()
	p.now = p.now.Add(10 * time.Minute)
	pass := reconcile.Pass{ID: uuid.NewString(), StartedAt: p.now, Since: p.now.Add(-8 * 24 * time.Hour)}
	require.NoError(t, p.Reconciliation.OpenPass(t.Context(), pass))
	return pass
}

func (p *passes) say(t *testing.T, askedAt time.Time, objects ...reconcile.Object) {
	t.Helper()
	require.NoError(t, p.Reconciliation.RecordObjects(t.Context(), objects, askedAt))
}

func (p *passes) compare(t *testing.T, pass reconcile.Pass) reconcile.PassResult {
	t.Helper()
	_, more, err := p.Reconciliation.Compare(t.Context(), reconcile.Comparison{Pass: pass, Limit: 100, Now: p.now, Grace: duration.Text(5 * time.Minute)})
	require.NoError(t, err)
	require.False(t, more)
	result, err := p.Reconciliation.FinishPass(t.Context(), pass.ID, 0, p.now)
	require.NoError(t, err)
	return result
}

func (p *passes) transfer(change func(*reconcile.Object)) reconcile.Object {
	made := reconcile.Object{
		Type: reconcile.Transfer, ID: "tr_1", Account: "acct_1", AmountMinor: 500, Currency: "USD", PayoutID: uuid.NewString(), Generation: 1,
		CreatedAt: p.now.Add(-time.Hour),
	}
	if change != nil {
		change(&made)
	}
	return made
}

// topUp is a movement of the balance for nothing in the books.
func (p *passes) topUp(id string) reconcile.Object {
	return reconcile.Object{Type: reconcile.BalanceTransaction, ID: id, AmountMinor: 700, Currency: "USD", Status: "topup", CreatedAt: p.now.Add(-time.Hour)}
}

func TestReconciliationPasses(t *testing.T) {
	t.Parallel()

	t.Run("keep what Stripe said last, whatever arrives later", func(t *testing.T) {
		t.Parallel()
		p := setupPasses(t)
		pass := p.open(t)
		reversed := p.transfer(func(o *reconcile.Object) { o.ReversedMinor = 500 })
		earlier := reversed
		earlier.ReversedMinor = 0

		p.say(t, p.now.Add(time.Second), reversed)
		p.say(t, p.now, earlier)

		require.Zero(t, p.compare(t, pass).StillOpen)
	})

	t.Run("are told twice of one object in one answer", func(t *testing.T) {
		t.Parallel()
		p := setupPasses(t)
		pass, made := p.open(t), p.transfer(nil)

		p.say(t, p.now, made, made)

		require.Equal(t, int32(1), p.compare(t, pass).Found)
	})

	t.Run("find a difference once, and keep it while they cannot see its object", func(t *testing.T) {
		t.Parallel()
		p := setupPasses(t)
		first, made := p.open(t), p.transfer(nil)
		p.say(t, p.now, made)
		require.Equal(t, int32(1), p.compare(t, first).Found)
		require.Equal(t, int32(1), p.compare(t, first).Found) // a repetition counts the same
		again := p.open(t)
		p.say(t, p.now, made)
		require.Zero(t, p.compare(t, again).Found)

		blind := p.open(t)
		unseen, err := p.Reconciliation.ListUnseen(t.Context(), blind, reconcile.Key{}, 10)
		require.NoError(t, err)
		require.Equal(t, []reconcile.Named{{Type: reconcile.Transfer, ID: "tr_1", Account: "acct_1"}}, unseen)
		result := p.compare(t, blind)

		require.Zero(t, result.Cleared)
		require.Equal(t, int32(1), result.Blocking)
	})

	t.Run("go through everything page by page, with movements that differed and were not seen again", func(t *testing.T) {
		t.Parallel()
		p := setupPasses(t)
		topUps := []reconcile.Object{p.topUp("txn_1"), p.topUp("txn_2"), p.topUp("txn_3")}
		first := p.open(t)
		p.say(t, p.now, topUps...)
		p.compare(t, first)
		second := p.open(t)
		p.say(t, p.now, topUps[1], p.transfer(nil), p.transfer(func(o *reconcile.Object) { o.ID = "tr_2" }))

		var pages []reconcile.Key
		for more := true; more; {
			var after reconcile.Key
			if len(pages) > 0 {
				after = pages[len(pages)-1]
			}
			next, isMore, err := p.Reconciliation.Compare(t.Context(), reconcile.Comparison{Pass: second, After: after, Limit: 2, Now: p.now, Grace: duration.Text(5 * time.Minute)})
			require.NoError(t, err)
			pages, more = append(pages, next), isMore
		}

		require.Equal(t, []reconcile.Key{{Type: reconcile.BalanceTransaction, ID: "txn_2"}, {Type: reconcile.Transfer, ID: "tr_1"}, {Type: reconcile.Transfer, ID: "tr_2"}}, pages)
		all, err := p.Reconciliation.ListDifferences(t.Context(), reconciliation.DifferenceFilter{}, db.Page{Size: 10})
		require.NoError(t, err)
		require.Len(t, all, 5)
		for _, difference := range all {
			require.Equal(t, p.now, difference.LastSeenAt.UTC(), difference.ObjectID)
		}
	})

	t.Run("report what comes back after it was cleared as a new difference", func(t *testing.T) {
		t.Parallel()
		p := setupPasses(t)
		made := p.transfer(nil)
		undone := made
		undone.ReversedMinor = made.AmountMinor
		for _, said := range []reconcile.Object{made, undone, made} {
			pass := p.open(t)
			p.say(t, p.now, said)
			p.compare(t, pass)
		}
		pass := p.open(t) // the change is no news by now
		p.say(t, p.now, made)
		p.compare(t, pass)

		all, err := p.Reconciliation.ListDifferences(t.Context(), reconciliation.DifferenceFilter{}, db.Page{Size: 10})

		require.NoError(t, err)
		require.Len(t, all, 2)
		require.True(t, all[0].IsOpen())
		require.NotNil(t, all[1].ClearedAt)
	})

	t.Run("list themselves latest first", func(t *testing.T) {
		t.Parallel()
		p := setupPasses(t)
		first, second := p.open(t), p.open(t)

		page, err := p.Reconciliation.ListPasses(t.Context(), db.Page{Size: 1})
		require.NoError(t, err)
		next, err := p.Reconciliation.ListPasses(t.Context(), db.Page{After: page[0].ID, Size: 10})

		require.NoError(t, err)
		require.Equal(t, second.ID, page[0].ID)
		require.Len(t, next, 1)
		require.Equal(t, first.ID, next[0].ID)
	})

	t.Run("refuse to acknowledge what is gone", func(t *testing.T) {
		t.Parallel()
		p := setupPasses(t)
		stranger := p.transfer(func(o *reconcile.Object) { o.PayoutID = "" })
		pass := p.open(t)
		p.say(t, p.now, stranger)
		p.compare(t, pass)
		found, err := p.Reconciliation.ListDifferences(t.Context(), reconciliation.DifferenceFilter{}, db.Page{Size: 10})
		require.NoError(t, err)
		stranger.ReversedMinor = stranger.AmountMinor
		pass = p.open(t)
		p.say(t, p.now, stranger)
		p.compare(t, pass)

		_, err = p.Reconciliation.ProposeAcknowledgement(t.Context(), found[0].ID, reconciliation.NoneNeeded, access.OperatorAction{Actor: "u1", Reason: "late"}, p.now)

		require.Equal(t, "difference_cleared", fault.CodeOf(err))
	})
}
