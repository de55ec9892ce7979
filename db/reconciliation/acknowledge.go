package reconciliation

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// NoneNeeded is the booking of a difference that the books do not have to follow.
const NoneNeeded = "none_needed"

// Acknowledgement is one person's proposal to close a difference: how it is booked, or why it needs
// no booking.
type Acknowledgement struct {
	ProposedAt *time.Time
	ProposedBy string
	Reason     string
	// Booking is the id of an approved correction or of a journal entry, or NoneNeeded.
	Booking string
}

// ProposeAcknowledgement records how a difference is booked, or why it needs no booking. The
// difference stays open until another person approves it. The same proposal again changes nothing.
//
// It returns fault.NotFound "difference_not_found"; fault.Invalid "reason_missing" and
// "malformed_booking"; and fault.Conflict "difference_cleared", "difference_acknowledged",
// "acknowledgement_proposed" for another proposal, and the faults of the booking:
// "booking_missing" if the books count money that Stripe does not have and nothing books that,
// "booking_differs" if it posts something else, and "booking_used" by another difference.
func (s *Store) ProposeAcknowledgement(ctx context.Context, id, booking string, action access.OperatorAction, now time.Time) (Difference, error) {
	if strings.TrimSpace(action.Reason) == "" {
		return Difference{}, fault.Field("reason", "reason_missing", "say how the difference is booked, or why it needs no booking")
	}
	if booking != NoneNeeded && uuid.Validate(booking) != nil {
		return Difference{}, fault.Field("booking", "malformed_booking", "give the id of a correction or of a journal entry, or %q", NoneNeeded)
	}
	booking = strings.ToLower(booking)
	return s.changeDifference(ctx, id, "acknowledge", action, func(q *sqlc.Queries, d *Difference) (bool, error) {
		known := d.Acknowledgement
		switch {
		case d.AcknowledgedAt != nil:
			return false, alreadyAcknowledged()
		case known.ProposedAt != nil && access.SamePerson(known.ProposedBy, action.Actor) && known.Booking == booking && known.Reason == action.Reason:
			return false, nil
		case known.ProposedAt != nil:
			return false, fault.New(fault.Conflict, "acknowledgement_proposed", "%s has proposed another acknowledgement: approve or reject it first", known.ProposedBy)
		}
		d.Acknowledgement = Acknowledgement{ProposedAt: &now, ProposedBy: action.Actor, Reason: action.Reason, Booking: booking}
		if err := d.requireBooked(ctx, q); err != nil {
			return false, err
		}
		return true, q.UpdateDifferenceProposed(ctx, sqlc.UpdateDifferenceProposedParams{ID: id, Now: &now, Actor: &action.Actor, Reason: &action.Reason, Booking: &booking})
	})
}

// ApproveAcknowledgement closes a difference as another person has proposed. The same person's
// approval again changes nothing. It returns fault.Denied "same_person" for the proposer,
// fault.Conflict "acknowledgement_missing" without a proposal, and the faults of
// ProposeAcknowledgement, because the difference and its booking are checked again.
func (s *Store) ApproveAcknowledgement(ctx context.Context, id string, action access.OperatorAction, now time.Time) (Difference, error) {
	return s.changeDifference(ctx, id, "approve", action, func(q *sqlc.Queries, d *Difference) (bool, error) {
		switch {
		case d.Acknowledgement.ProposedAt == nil:
			return false, noAcknowledgement()
		case access.SamePerson(d.Acknowledgement.ProposedBy, action.Actor):
			return false, fault.New(fault.Denied, "same_person", "the person who proposed an acknowledgement cannot approve it: ask another person")
		case d.AcknowledgedAt != nil && access.SamePerson(d.AcknowledgedBy, action.Actor):
			return false, nil
		case d.AcknowledgedAt != nil:
			return false, alreadyAcknowledged()
		}
		if err := d.requireBooked(ctx, q); err != nil {
			return false, err
		}
		d.AcknowledgedAt, d.AcknowledgedBy = &now, action.Actor
		return true, q.UpdateDifferenceAcknowledged(ctx, sqlc.UpdateDifferenceAcknowledgedParams{ID: id, Actor: action.Actor, Now: now})
	})
}

// RejectAcknowledgement discards a proposal, so that another one can be made. The proposer can
// reject it too. It returns fault.Conflict "acknowledgement_missing" and "difference_acknowledged".
func (s *Store) RejectAcknowledgement(ctx context.Context, id string, action access.OperatorAction) (Difference, error) {
	return s.changeDifference(ctx, id, "reject", action, func(q *sqlc.Queries, d *Difference) (bool, error) {
		switch {
		case d.AcknowledgedAt != nil:
			return false, alreadyAcknowledged()
		case d.Acknowledgement.ProposedAt == nil:
			return false, noAcknowledgement()
		}
		d.Acknowledgement = Acknowledgement{}
		return true, q.UpdateDifferenceProposed(ctx, sqlc.UpdateDifferenceProposedParams{ID: id})
	})
}

func alreadyAcknowledged() error {
	return fault.New(fault.Conflict, "difference_acknowledged", "the difference is acknowledged already")
}

func noAcknowledgement() error {
	return fault.New(fault.Conflict, "acknowledgement_missing", "no acknowledgement of this difference is proposed")
}

// changeDifference runs change on a locked difference, and records the person's action if change
// reports that it has changed something.
func (s *Store) changeDifference(ctx context.Context, id, name string, action access.OperatorAction, change func(*sqlc.Queries, *Difference) (bool, error)) (Difference, error) {
	var changed Difference
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		row, err := q.GetDifferenceForUpdate(ctx, id)
		if err != nil {
			return db.OrNotFound(err, "difference")
		}
		changed = newDifference(sqlc.ListDifferencesRow(row))
		switch {
		case strings.TrimSpace(action.Actor) == "":
			return fault.Field("actor", "actor_missing", "give the person who decides")
		case changed.ClearedAt != nil:
			return fault.New(fault.Conflict, "difference_cleared", "the difference is cleared already")
		}
		isNews, err := change(q, &changed)
		if err != nil || !isNews {
			return err
		}
		action.ID, action.Subject, action.Action, action.Evidence = db.NewID(), names.Difference(id), name, changed.Acknowledgement.Booking
		return db.RecordAction(ctx, q, action)
	})
	return changed, err
}

// requireBooked checks the booking of a proposed acknowledgement: money that the books count and
// Stripe does not have is not acknowledged away.
func (d Difference) requireBooked(ctx context.Context, q *sqlc.Queries) error {
	booking := d.Acknowledgement.Booking
	if booking == NoneNeeded {
		if d.Shift.Needed {
			return fault.New(fault.Conflict, "booking_missing", "the books count money that Stripe does not have: correct them by %s first, and give the correction or the entry", d.wanted())
		}
		return nil
	}
	rows, err := q.ListBookedPostings(ctx, booking)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return fault.New(fault.Conflict, "booking_missing", "there is no approved correction and no entry of its own with the id %s", booking)
	}
	var postings []ledger.Posting
	for _, row := range rows {
		if row.Currency == string(d.Shift.Currency) {
			postings = append(postings, ledger.Posting{Account: ledger.Account(row.Code), AmountMinor: row.AmountMinor})
		}
	}
	if !d.Shift.PostedBy(postings, d.ObjectType, d.creatorID, d.Ours == string(reconcile.Lost)) {
		return fault.New(fault.Conflict, "booking_differs", "%s does not correct the books by %s where the money is", booking, d.wanted())
	}
	others, err := q.CountOtherBooked(ctx, sqlc.CountOtherBookedParams{Booking: booking, ID: d.ID, Subject: d.Subject})
	if err == nil && others > 0 {
		return fault.New(fault.Conflict, "booking_used", "%s books another difference already", booking)
	}
	return err
}

func (d Difference) wanted() string {
	return money.Amount{Minor: d.Shift.AmountMinor, Currency: d.Shift.Currency}.String()
}
