package reconciliation_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/db/reconciliation"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// found is one standing difference over books in which corrections can be made.
type found struct {
	*passes
	w      *world.World
	object reconcile.Object
	id     string
}

// setupFound finds a transfer of 5.00 that the books lack.
func setupFound(t *testing.T) *found {
	t.Helper()
	w := world.New(t, 0, nil)
	p := &passes{Books: w.Books, now: time.Now().UTC().Truncate(time.Millisecond)}
	f := &found{passes: p, w: w, object: p.transfer(nil)}
	f.again(t)
	f.id = f.read(t).ID
	return f
}

// again compares the object as it is.
func (f *found) again(t *testing.T) reconcile.PassResult {
	t.Helper()
	pass := f.open(t)
	f.say(t, f.now, f.object)
	f.now = f.now.Add(time.Hour)
	return f.compare(t, pass)
}

// read returns the newest difference.
func (f *found) read(t *testing.T) reconciliation.Difference {
	t.Helper()
	all, err := f.Reconciliation.ListDifferences(t.Context(), reconciliation.DifferenceFilter{}, db.Page{Size: 10})
	require.NoError(t, err)
	return all[0]
}

// adjust books an amount on the platform's balance, by two people.
func (f *found) adjust(t *testing.T, amountMinor int64) correction.Correction {
	t.Helper()
	return f.w.Correct(t, correction.Proposal{
		ID: uuid.NewString(), Kind: correction.Adjustment, Currency: "USD", ProposedBy: "ann", Reason: "not ours", Now: world.Now,
		Postings: []ledger.Posting{{Account: ledger.StripePlatform, AmountMinor: amountMinor}, {Account: ledger.PlatformLosses, AmountMinor: -amountMinor}},
	})
}

func by(actor string) access.OperatorAction {
	return access.OperatorAction{Actor: actor, Reason: "a transfer by mistake"}
}

func (f *found) propose(t *testing.T, booking string) error {
	t.Helper()
	_, err := f.Reconciliation.ProposeAcknowledgement(t.Context(), f.id, booking, by("ann"), f.now)
	return err
}

func (f *found) approve(t *testing.T, actor string) error {
	t.Helper()
	_, err := f.Reconciliation.ApproveAcknowledgement(t.Context(), f.id, by(actor), f.now)
	return err
}

func TestAcknowledgement(t *testing.T) {
	t.Parallel()

	t.Run("closes a blocking difference once two people have said how it is booked", func(t *testing.T) {
		t.Parallel()
		f := setupFound(t)
		booked := f.adjust(t, -500)

		require.Equal(t, "booking_missing", fault.CodeOf(f.propose(t, reconciliation.NoneNeeded)))
		require.NoError(t, f.propose(t, booked.ID))
		require.NoError(t, f.propose(t, booked.ID), "asked twice")
		require.Equal(t, int32(1), f.again(t).Blocking, "one person closes nothing")
		for _, sameAgain := range []string{"ann", " Ann\t"} {
			alone := f.approve(t, sameAgain)
			require.Equal(t, "same_person", fault.CodeOf(alone))
			require.True(t, fault.Is(alone, fault.Denied))
		}
		require.NoError(t, f.approve(t, "bob"))
		require.NoError(t, f.approve(t, "bob"), "asked twice")

		result := f.again(t)
		require.Zero(t, result.Blocking)
		require.Zero(t, result.StillOpen)
		read := f.read(t)
		require.Equal(t, []string{"ann", "bob", booked.ID, "a transfer by mistake"}, []string{read.Acknowledgement.ProposedBy, read.AcknowledgedBy, read.Acknowledgement.Booking, read.Acknowledgement.Reason})
		require.Equal(t, "difference_acknowledged", fault.CodeOf(f.approve(t, "carl")))
		var actions int
		require.NoError(t, dbtest.Connect(t, f.w.URL).QueryRow(t.Context(), "SELECT count(*) FROM operator_actions WHERE subject = 'difference/' || $1", f.id).Scan(&actions))
		require.Equal(t, 2, actions)
		f.w.RequireBooksInOrder(t)
	})

	t.Run("takes the entry of a correction too", func(t *testing.T) {
		t.Parallel()
		f := setupFound(t)

		require.NoError(t, f.propose(t, f.adjust(t, -500).EntryIDs[0]))
	})

	t.Run("takes no booking that books something else", func(t *testing.T) {
		t.Parallel()
		f := setupFound(t)
		funded := f.object
		require.NoError(t, dbtest.Connect(t, f.w.URL).QueryRow(t.Context(), "SELECT id FROM journal_entries WHERE kind = 'campaign_funded'").Scan(&funded.ID))

		for code, bookings := range map[string][]string{
			"booking_differs":   {f.adjust(t, 500).ID, f.adjust(t, -499).ID},
			"booking_missing":   {uuid.NewString(), funded.ID},
			"malformed_booking": {"", "later", "none"},
		} {
			for _, booking := range bookings {
				require.Equal(t, code, fault.CodeOf(f.propose(t, booking)), booking)
			}
		}
		require.Nil(t, f.read(t).Acknowledgement.ProposedAt)
	})

	t.Run("takes a booking once", func(t *testing.T) {
		t.Parallel()
		f := setupFound(t)
		booked := f.adjust(t, -500)
		require.NoError(t, f.propose(t, booked.ID))
		require.NoError(t, f.approve(t, "bob"))
		f.object = f.transfer(func(o *reconcile.Object) { o.ID = "tr_2" })
		f.again(t)
		f.id = f.read(t).ID

		require.Equal(t, "booking_used", fault.CodeOf(f.propose(t, booked.ID)))
	})

	t.Run("ends when the object changes", func(t *testing.T) {
		t.Parallel()
		f := setupFound(t)
		require.NoError(t, f.propose(t, f.adjust(t, -500).ID))
		require.NoError(t, f.approve(t, "bob"))
		require.Zero(t, f.again(t).Blocking)

		f.object.AmountMinor = 700
		result := f.again(t)

		require.Equal(t, int32(1), result.Blocking)
		read := f.read(t)
		require.Equal(t, f.id, read.ID)
		require.True(t, read.IsOpen())
		require.Equal(t, reconciliation.Acknowledgement{}, read.Acknowledgement)
		require.Equal(t, int64(-700), read.Shift.AmountMinor)
	})

	t.Run("is proposed again once the first proposal is rejected", func(t *testing.T) {
		t.Parallel()
		f := setupFound(t)
		booked := f.adjust(t, -500)
		_, nothing := f.Reconciliation.RejectAcknowledgement(t.Context(), f.id, by("bob"))
		require.Equal(t, "acknowledgement_missing", fault.CodeOf(nothing))
		require.Equal(t, "acknowledgement_missing", fault.CodeOf(f.approve(t, "bob")))
		require.NoError(t, f.propose(t, booked.ID))
		_, other := f.Reconciliation.ProposeAcknowledgement(t.Context(), f.id, booked.ID, by("bob"), f.now)
		require.Equal(t, "acknowledgement_proposed", fault.CodeOf(other))

		_, err := f.Reconciliation.RejectAcknowledgement(t.Context(), f.id, by("bob"))

		require.NoError(t, err)
		require.NoError(t, f.propose(t, booked.ID))
	})

	t.Run("has a person and a reason", func(t *testing.T) {
		t.Parallel()
		f := setupFound(t)
		for code, action := range map[string]access.OperatorAction{"actor_missing": {Actor: " ", Reason: "r"}, "reason_missing": {Actor: "ann", Reason: " "}} {
			_, err := f.Reconciliation.ProposeAcknowledgement(t.Context(), f.id, f.adjust(t, -500).ID, action, f.now)
			require.Equal(t, code, fault.CodeOf(err))
		}
	})

	t.Run("takes two people and a booking in the database as well", func(t *testing.T) {
		t.Parallel()
		f := setupFound(t)
		owner := dbtest.Connect(t, f.w.URL)
		for constraint, set := range map[string]string{
			"differences_two_people_check":   "proposed_at = now(), proposed_by = 'ann', reason = 'r', booking = gen_random_uuid()::text, acknowledged_at = now(), acknowledged_by = ' ANN'",
			"differences_acknowledged_check": "acknowledged_at = now(), acknowledged_by = 'bob'",
			"differences_booking_check":      "proposed_at = now(), proposed_by = 'ann', reason = 'r', booking = 'none_needed'",
			"differences_proposed_check":     "proposed_at = now(), proposed_by = 'ann', reason = ' ', booking = gen_random_uuid()::text",
		} {
			_, err := owner.Exec(t.Context(), "UPDATE reconciliation_differences SET "+set)
			require.Equal(t, constraint, dbtest.Constraint(err), set)
		}
	})
}
