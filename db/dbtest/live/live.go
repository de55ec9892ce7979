// Package live puts a funded campaign on record that is live, in the steps that its workflow
// takes. Tests and measurements that need one begin there.
package live

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/views"
)

// AnyGrowth believes every count. Most tests are about what a count leads to.
var AnyGrowth = views.Plausibility{GrowthViewsMin: views.PlausibleViewsMax, StepBasisPoints: money.BasisPointsPerWhole}

// Options describe the campaign.
type Options struct {
	Name  string
	Terms campaign.Terms
	// FeeMinor is what the processor keeps of the payment.
	FeeMinor int64
	// Now is when the campaign is created, paid and live.
	Now time.Time
}

// Campaign records a live campaign of an organization of its own, and returns its id.
func Campaign(ctx context.Context, store *books.Books, options Options) (campaignID string, err error) {
	organization, err := store.Campaigns.CreateOrganization(ctx, campaigns.NewOrganization{ID: uuid.NewString(), Name: options.Name})
	if err != nil {
		return "", err
	}
	id := uuid.NewString()
	err = store.Campaigns.Create(ctx, campaign.NewCampaign{ID: id, OrganizationID: organization.ID, Name: options.Name, Terms: options.Terms})
	if err != nil {
		return "", err
	}
	return id, Launch(ctx, store, id, Payment{ID: PaymentID(id), FeeMinor: options.FeeMinor}, options.Now)
}

// Payment is the payment of a campaign's whole budget.
type Payment struct {
	// ID is the processor's id of the payment.
	ID       string
	FeeMinor int64
}

// PaymentID is the id of the payment that Campaign records.
func PaymentID(campaignID string) string { return "pi_" + campaignID }

// Launch takes a draft through its review and its funding until it is live.
func Launch(ctx context.Context, store *books.Books, campaignID string, paid Payment, now time.Time) error {
	draft, err := store.Campaigns.Get(ctx, campaignID)
	if err != nil {
		return err
	}
	at := campaign.Move{CampaignID: campaignID, StartsAt: draft.Terms.StartsAt, Now: now}
	if err := Move(ctx, store, at, campaign.Submit, campaign.Approve); err != nil {
		return err
	}
	err = store.Campaigns.RecordFunding(ctx, ledger.Funding{
		CampaignID: campaignID, PaymentIntentID: paid.ID, Currency: draft.Terms.Currency, GrossMinor: draft.Terms.PaymentMinor(), SurchargeMinor: draft.Terms.SurchargeMinor, FeeMinor: paid.FeeMinor, At: now, Method: "us_bank_account",
	})
	if err != nil {
		return err
	}
	return Move(ctx, store, at, campaign.ConfirmFunding, campaign.GoLive)
}

// Move applies each command to the campaign of the move, in turn.
func Move(ctx context.Context, store *books.Books, move campaign.Move, commands ...campaign.Command) error {
	for _, command := range commands {
		move.Command = command
		if _, err := store.Campaigns.Move(ctx, move); err != nil {
			return err
		}
	}
	return nil
}

// Creator records a creator who has a connected account, and returns its id.
func Creator(ctx context.Context, store *books.Books) (creatorID string, err error) {
	id := uuid.NewString()
	_, err = store.Clips.CreateCreator(ctx, clips.NewCreator{ID: id, Handle: id, PayoutAccount: "acct_" + id})
	return id, err
}

// Prove registers a channel of a creator and proves it by hand.
func Prove(ctx context.Context, store *books.Books, creatorID string, platform clip.Platform, authorID string) (channelID string, err error) {
	channel, err := store.Clips.CreateChannel(ctx, clips.Channel{ID: uuid.NewString(), CreatorID: creatorID, Platform: platform, AuthorID: authorID})
	if err != nil {
		return "", err
	}
	_, err = store.Clips.ProveByHand(ctx, channel.ID, access.OperatorAction{ID: uuid.NewString(), Actor: "test", Reason: "test"}, time.Now())
	return channel.ID, err
}

// Own makes a clip on record one of a proven channel of its creator, so that it earns.
func Own(ctx context.Context, store *books.Books, clipID string) error {
	tracked, err := store.Clips.GetTracked(ctx, clipID)
	if err != nil {
		return err
	}
	if _, err := Prove(ctx, store, tracked.CreatorID, tracked.Platform, tracked.CreatorID); err != nil {
		return err
	}
	claim, err := store.Clips.ClaimPost(ctx, clipID, []string{clip.AuthorDigest(tracked.Platform, tracked.CreatorID)})
	if err == nil && !claim.Holds {
		return fmt.Errorf("the clip does not hold its post: %+v", claim)
	}
	return err
}
