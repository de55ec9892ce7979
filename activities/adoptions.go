package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/adoption"
)

// The steps of an adoption.
var (
	// ProposeAdoption records a proposal once and returns its state.
	ProposeAdoption = Activity[adoption.Proposal, adoption.Adoption]{"ProposeAdoption"}
	// DecideAdoption approves or rejects a proposal.
	DecideAdoption = Activity[adoption.Decision, adoption.Adoption]{"DecideAdoption"}
	// ListOpenAdoptionItems lists the first payouts of an adoption whose workflow was not started, and
	// that have not failed since a time.
	ListOpenAdoptionItems = Activity[AdoptionPage, []adoption.Item]{"ListOpenAdoptionItems"}
	// BookAdopted books one payout of an approved adoption, or refuses it.
	BookAdopted = Activity[adoption.Booking, adoption.Result]{"BookAdopted"}
	// RecordAdopted records that the workflows of booked payouts were started.
	RecordAdopted = Activity[AdoptedPayouts, None]{"RecordAdopted"}
	// SetAsideAdopted records which payouts of an adoption failed, and why.
	SetAsideAdopted = Activity[FailedPayouts, None]{"SetAsideAdopted"}
	// ReadAdoption reads an adoption, with the first of its payouts that are set aside.
	ReadAdoption = Activity[string, AdoptionStanding]{"ReadAdoption"}
	// StopAdoption leaves the payouts of an adoption that are not booked yet, and returns its state.
	StopAdoption = Activity[string, adoption.Adoption]{"StopAdoption"}
)

// AdoptionPage requests payouts of an adoption. Those that failed at FailedBefore or later are left
// out.
type AdoptionPage struct {
	AdoptionID   string    `json:"adoption_id"`
	FailedBefore time.Time `json:"failed_before"`
	Limit        int       `json:"limit"`
}

// AdoptedPayouts are payouts of an adoption whose workflows were started.
type AdoptedPayouts struct {
	AdoptionID string   `json:"adoption_id"`
	PayoutIDs  []string `json:"payout_ids"`
}

// FailedPayouts are payouts of an adoption that failed at At.
type FailedPayouts struct {
	AdoptionID string              `json:"adoption_id"`
	Failed     []adoption.SetAside `json:"failed"`
	At         time.Time           `json:"at"`
}

// AdoptionStanding is an adoption with the first of its payouts that are set aside.
type AdoptionStanding struct {
	Adoption adoption.Adoption `json:"adoption"`
	Failed   []adoption.Item   `json:"failed"`
}

// failedShown is how many failed payouts the details of a workflow show.
const failedShown = 5

func (l Ledger) registerAdoptions(registry Registry) {
	store := l.Books.Payouts
	bind(registry, ProposeAdoption, store.ProposeAdoption)
	bind(registry, DecideAdoption, store.DecideAdoption)
	bind(registry, ListOpenAdoptionItems, func(ctx context.Context, in AdoptionPage) ([]adoption.Item, error) {
		return store.ListOpenAdoptionItems(ctx, in.AdoptionID, in.FailedBefore, in.Limit)
	})
	bind(registry, BookAdopted, store.BookAdopted)
	bindAction(registry, RecordAdopted, func(ctx context.Context, in AdoptedPayouts) error {
		return store.RecordAdopted(ctx, in.AdoptionID, in.PayoutIDs)
	})
	bindAction(registry, SetAsideAdopted, func(ctx context.Context, in FailedPayouts) error {
		return store.SetAsideAdopted(ctx, in.AdoptionID, in.Failed, in.At)
	})
	bind(registry, StopAdoption, store.StopAdoption)
	bind(registry, ReadAdoption, func(ctx context.Context, id string) (AdoptionStanding, error) {
		found, err := store.GetAdoption(ctx, id)
		if err != nil || found.Failed == 0 {
			return AdoptionStanding{Adoption: found}, err
		}
		failed, err := store.ListFailedAdoptionItems(ctx, id, failedShown)
		return AdoptionStanding{Adoption: found, Failed: failed}, err
	})
}
