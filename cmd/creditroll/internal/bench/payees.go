package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/views"
)

const (
	// earnedMinor is what each creator has earned before the fee.
	earnedMinor = 1000
	// payeesAtOnce are set up at the same time.
	payeesAtOnce = 64
	// holdsPerCall are released in one transaction.
	holdsPerCall = 1000
)

// addCreators sets up creators who can be paid: with a connected account, and with earnings of a
// funded campaign that are available. It returns their ids.
func (s *payoutStack) addCreators(ctx context.Context, count int) ([]string, error) {
	// The setup is not measured, so its commits do not wait for the disk.
	fast, err := openAsynchronous(ctx, s.url)
	if err != nil {
		return nil, err
	}
	defer fast.DB.Close()
	w := &world{attemptID: uuid.NewString(), now: time.Now().UTC().Truncate(time.Microsecond).Add(-2 * time.Hour)}
	terms := w.terms()
	terms.BudgetMinor, terms.RateMinorPerThousand = int64(count)*earnedMinor, earnedMinor*1000/viewsPerPoll
	if w.campaignID, err = s.fundedCampaign(ctx, fast, terms, w.now); err != nil {
		return nil, err
	}
	err = fast.Clips.RecordAttempt(ctx, views.Attempt{ID: w.attemptID, Provider: provider, Platform: clip.TikTok, Clips: 1, Outcome: "ok", StartedAt: w.now})
	if err != nil {
		return nil, err
	}
	creators := make([]string, count)
	for i := range creators {
		creators[i] = uuid.NewString()
	}
	for page := range slices.Chunk(creators, payeesAtOnce) {
		_, err := runAll(ctx, len(page), func(ctx context.Context, i int) (int64, error) {
			return 1, s.addCreator(ctx, fast, w, page[i])
		})
		if err != nil {
			return nil, err
		}
	}
	for {
		released, err := fast.Earnings.ReleaseHolds(ctx, time.Now(), holdsPerCall)
		if err != nil || released == 0 {
			return creators, err
		}
	}
}

// fundedCampaign is live, and Stripe has the payment of its budget.
func (s *payoutStack) fundedCampaign(ctx context.Context, store *books.Books, terms campaign.Terms, now time.Time) (string, error) {
	organization, err := store.Campaigns.CreateOrganization(ctx, campaigns.NewOrganization{ID: uuid.NewString(), Name: "Benchmark"})
	if err != nil {
		return "", err
	}
	id := uuid.NewString()
	err = store.Campaigns.Create(ctx, campaign.NewCampaign{ID: id, OrganizationID: organization.ID, Name: "Payouts", Terms: terms})
	if err != nil {
		return "", err
	}
	funded, err := s.payments.CreateFunding(ctx, rail.FundingRequest{
		CampaignID: id, AmountMinor: terms.BudgetMinor, Currency: terms.Currency, PaymentMethod: "pm_card_bypassPending",
		Generation: 1, IdempotencyKey: id + "/funding/g1",
	})
	if err != nil {
		return "", err
	}
	if err := store.Campaigns.SetPaymentIntent(ctx, id, funded.ID); err != nil {
		return "", err
	}
	return id, live.Launch(ctx, store, id, live.Payment{ID: funded.ID, FeeMinor: funded.FeeMinor}, now)
}

func (s *payoutStack) addCreator(ctx context.Context, store *books.Books, w *world, creatorID string) error {
	account, err := s.newAccount(ctx)
	if err != nil {
		return fmt.Errorf("create an account: %w", err)
	}
	if _, err := store.Clips.CreateCreator(ctx, clips.NewCreator{ID: creatorID, Handle: creatorID, PayoutAccount: account}); err != nil {
		return err
	}
	posted := &benchClip{id: uuid.NewString(), creatorID: creatorID}
	_, err = store.Clips.Create(ctx, clip.NewClip{
		ID: posted.id, CampaignID: w.campaignID, CreatorID: creatorID, Platform: clip.TikTok, ExternalID: posted.id, URL: "https://example.test/" + posted.id,
	})
	if err == nil {
		err = live.Own(ctx, store, posted.id)
	}
	if err != nil {
		return err
	}
	_, err = w.record(ctx, store, posted)
	return err
}
