package activities

import (
	"context"

	"github.com/creditroll/creditroll/domain/adoption"
)

// The steps of an adoption.
var (
	// ProposeAdoption records a proposal once and returns its state.
	ProposeAdoption = Activity[adoption.Proposal, adoption.Adoption]{"ProposeAdoption"}
	// DecideAdoption approves or rejects a proposal.
	DecideAdoption = Activity[adoption.Decision, adoption.Adoption]{"DecideAdoption"}
	// ListOpenAdoptionItems lists the first payouts of an adoption whose workflow was not started.
	ListOpenAdoptionItems = Activity[AdoptionPage, []adoption.Item]{"ListOpenAdoptionItems"}
	// BookAdopted books one payout of an approved adoption, or refuses it.
	BookAdopted = Activity[adoption.Booking, adoption.Result]{"BookAdopted"}
	// RecordAdopted records that the workflows of booked payouts were started.
	RecordAdopted = Activity[AdoptedPayouts, None]{"RecordAdopted"}
)

// AdoptionPage requests payouts of an adoption.
type AdoptionPage struct {
	AdoptionID string `json:"adoption_id"`
	Limit      int    `json:"limit"`
}

// AdoptedPayouts are payouts of an adoption whose workflows were started.
type AdoptedPayouts struct {
	AdoptionID string   `json:"adoption_id"`
	PayoutIDs  []string `json:"payout_ids"`
}

func (l Ledger) registerAdoptions(registry Registry) {
	store := l.Books.Payouts
	bind(registry, ProposeAdoption, store.ProposeAdoption)
	bind(registry, DecideAdoption, store.DecideAdoption)
	bind(registry, ListOpenAdoptionItems, func(ctx context.Context, in AdoptionPage) ([]adoption.Item, error) {
		return store.ListOpenAdoptionItems(ctx, in.AdoptionID, in.Limit)
	})
	bind(registry, BookAdopted, store.BookAdopted)
	bindAction(registry, RecordAdopted, func(ctx context.Context, in AdoptedPayouts) error {
		return store.RecordAdopted(ctx, in.AdoptionID, in.PayoutIDs)
	})
}
