package demo

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/views"
)

const (
	tokenLife   = 12 * time.Hour
	setupAtOnce = 6
)

// participants are the users and objects that the API has acknowledged. Each user has a token
// with the least privileged role that is enough.
type participants struct {
	base string
	keys api.Keys

	admin, finance, reviewer, brand *client.ClientWithResponses

	organizationID string
	campaignIDs    []string // in the order of the world's campaigns
	creatorIDs     []string
	accounts       []string

	mu      sync.Mutex
	clipIDs map[[2]int]string // by creator and number
}

func newParticipants(base, tokenKeys string) (*participants, error) {
	keys, err := api.ParseKeys(tokenKeys)
	if err != nil {
		return nil, err
	}
	c := &participants{base: base, keys: keys, clipIDs: map[[2]int]string{}}
	for role, as := range map[access.Role]**client.ClientWithResponses{
		access.Admin: &c.admin, access.Finance: &c.finance, access.Reviewer: &c.reviewer,
	} {
		if *as, err = c.as(access.Principal{UserID: "demo-" + string(role), Roles: []access.Role{role}}); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// as returns a client with the token of a principal.
func (c *participants) as(principal access.Principal) (*client.ClientWithResponses, error) {
	token, err := api.MintToken(c.keys, principal, tokenLife)
	if err != nil {
		return nil, err
	}
	return client.NewClientWithResponses(c.base, client.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+token)
		return nil
	}))
}

// answer is the interface of generated responses.
type answer interface {
	comparable
	StatusCode() int
	GetApplicationproblemJSONDefault() *client.Problem
}

// expectBody returns the body of a response, or its problem as an error that names the action.
func expectBody[T any, R answer](doing string, response R, body *T, err error) (*T, error) {
	var none R
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", doing, err)
	case body != nil:
		return body, nil
	case response != none && response.GetApplicationproblemJSONDefault() != nil:
		problem := response.GetApplicationproblemJSONDefault()
		return nil, fmt.Errorf("%s: %s (%s)", doing, problem.Detail, problem.Code)
	}
	return nil, fmt.Errorf("%s: the API answered %d", doing, response.StatusCode())
}

// openCampaigns creates, submits and funds the brand's campaigns.
func (c *participants) openCampaigns(ctx context.Context, w world, schedule campaignTimes) error {
	made, err := c.admin.CreateOrganizationWithResponse(ctx, nil, client.NewOrganization{Name: "Demo brand"})
	organization, err := expectBody("create the organization", made, created(made), err)
	if err != nil {
		return err
	}
	c.organizationID = organization.Id
	c.brand, err = c.as(access.Principal{UserID: "demo-brand", Roles: []access.Role{access.Brand}, OrganizationID: organization.Id})
	if err != nil {
		return err
	}
	c.campaignIDs = make([]string, len(w.campaigns))
	return inParallel(ctx, len(w.campaigns), func(ctx context.Context, i int) error {
		return c.openCampaign(ctx, i, w.campaigns[i], schedule)
	})
}

// campaignTimes are shared by all campaigns, except for their end.
type campaignTimes struct {
	startsAt, endsAt, endsLateAt time.Time
	trackingWindow               time.Duration
}

func (c *participants) openCampaign(ctx context.Context, place int, planned campaignPlan, times campaignTimes) error {
	terms := planned.terms
	terms.StartsAt, terms.EndsAt, terms.HoldSeconds = times.startsAt, times.endsAt, holdSeconds
	if !planned.endsByDate {
		terms.EndsAt = times.endsLateAt
	}
	terms.TrackingWindowSeconds = int64(times.trackingWindow.Seconds())
	terms.AutoAcceptCreators, terms.AutoApproveClips = true, true
	terms.Plausibility = anyGrowth
	made, err := c.brand.CreateCampaignWithResponse(ctx, nil, client.NewCampaign{OrganizationId: c.organizationID, Name: planned.name, Terms: terms})
	campaign, err := expectBody("create the campaign", made, createdCampaign(made), err)
	if err != nil {
		return err
	}
	c.campaignIDs[place] = campaign.Id
	submitted, err := c.brand.SubmitCampaignWithResponse(ctx, campaign.Id, nil, client.OptionalReason{})
	if _, err := expectBody("submit the campaign", submitted, field(submitted, func() *client.CampaignState { return submitted.JSON200 }), err); err != nil {
		return err
	}
	approved, err := c.reviewer.ApproveCampaignWithResponse(ctx, campaign.Id, nil, client.OptionalReason{})
	if _, err := expectBody("approve the campaign", approved, field(approved, func() *client.CampaignState { return approved.JSON200 }), err); err != nil {
		return err
	}
	funded, err := c.brand.FundCampaignWithResponse(ctx, campaign.Id, nil, client.FundingRequest{PaymentMethod: "pm_card_bypassPending"})
	_, err = expectBody("fund the campaign", funded, field(funded, func() *client.Funding { return funded.JSON200 }), err)
	return err
}

func created(r *client.CreateOrganizationResponse) *client.Organization {
	return field(r, func() *client.Organization { return r.JSON201 })
}

func createdCampaign(r *client.CreateCampaignResponse) *client.CampaignState {
	return field(r, func() *client.CampaignState { return r.JSON201 })
}

// field returns nil for the body of a failed request, which does not exist.
func field[R, T any](response *R, read func() *T) *T {
	if response == nil {
		return nil
	}
	return read()
}

// enroll signs up the creators. Each has an account at Stripe, channels, and applications to
// campaigns.
func (c *participants) enroll(ctx context.Context, w world, stripe *stripeAPI, nonce string) error {
	c.creatorIDs, c.accounts = make([]string, len(w.creators)), make([]string, len(w.creators))
	return inParallel(ctx, len(w.creators), func(ctx context.Context, i int) error {
		planned := w.creators[i]
		account, err := stripe.createAccount(ctx, planned, nonce)
		if err != nil {
			return err
		}
		c.accounts[i] = account
		made, err := c.admin.CreateCreatorWithResponse(ctx, nil, client.NewCreator{Handle: planned.handle, StripeAccountId: account})
		creator, err := expectBody("create a creator", made, field(made, func() *client.Creator { return made.JSON201 }), err)
		if err != nil {
			return err
		}
		c.creatorIDs[i] = creator.Id
		return c.joinCampaigns(ctx, planned, creator.Id)
	})
}

func (c *participants) joinCampaigns(ctx context.Context, planned creatorPlan, creatorID string) error {
	own, err := c.asCreator(creatorID)
	if err != nil {
		return err
	}
	seenChannel, seenCampaign := map[client.NewChannel]bool{}, map[int]bool{}
	for _, post := range planned.clips {
		if post.absent {
			continue
		}
		channel := client.NewChannel{Platform: string(post.platform), HandleOrId: post.author}
		if !seenChannel[channel] {
			seenChannel[channel] = true
			made, err := own.AddChannelWithResponse(ctx, creatorID, nil, channel)
			added, err := expectBody("add a channel", made, field(made, func() *client.Channel { return made.JSON201 }), err)
			if err != nil {
				return err
			}
			proven, err := c.admin.ProveChannelByHandWithResponse(ctx, added.Id, nil, client.ChannelEvidence{Reason: "an author of the demo", Evidence: "demo"})
			if _, err := expectBody("prove a channel", proven, field(proven, func() *client.Channel { return proven.JSON200 }), err); err != nil {
				return err
			}
		}
		if !seenCampaign[post.campaign] {
			seenCampaign[post.campaign] = true
			made, err := own.CreateParticipationWithResponse(ctx, c.campaignIDs[post.campaign], nil, client.NewParticipation{CreatorId: creatorID})
			if _, err := expectBody("apply to a campaign", made, field(made, func() *client.Participation { return made.JSON201 }), err); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *participants) asCreator(creatorID string) (*client.ClientWithResponses, error) {
	return c.as(access.Principal{UserID: "demo-creator", Roles: []access.Role{access.Creator}, CreatorID: creatorID})
}

// submitClips submits the posts of all creators.
func (c *participants) submitClips(ctx context.Context, w world, publish func(creator, number int) error) error {
	posts := w.posts()
	return inParallel(ctx, len(posts), func(ctx context.Context, n int) error {
		creator, number := posts[n][0], posts[n][1]
		if err := publish(creator, number); err != nil {
			return err
		}
		own, err := c.asCreator(c.creatorIDs[creator])
		if err != nil {
			return err
		}
		post := w.creators[creator].clips[number]
		made, err := own.SubmitClipWithResponse(ctx, c.campaignIDs[post.campaign], nil, client.NewClip{
			CreatorId: c.creatorIDs[creator], Url: post.address(),
		})
		if made != nil && made.ApplicationproblemJSONDefault != nil && made.ApplicationproblemJSONDefault.Code == "campaign_not_live" {
			return nil // on a slow machine the campaign has already ended
		}
		submitted, err := expectBody("submit a clip", made, field(made, func() *client.ClipSubmission { return made.JSON201 }), err)
		if err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.clipIDs[[2]int{creator, number}] = submitted.Id
		return nil
	})
}

func (c *participants) campaign(ctx context.Context, place int) (*client.Campaign, error) {
	read, err := c.brand.GetCampaignWithResponse(ctx, c.campaignIDs[place])
	return expectBody("read the campaign", read, field(read, func() *client.Campaign { return read.JSON200 }), err)
}

// inParallel runs work count times, a few at a time, and stops at the first failure.
func inParallel(parent context.Context, count int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	var (
		group    sync.WaitGroup
		mu       sync.Mutex
		failures []error
	)
	next := make(chan int)
	for range min(setupAtOnce, count) {
		group.Go(func() {
			for i := range next {
				if err := do(ctx, i); err != nil {
					mu.Lock()
					failures = append(failures, err)
					mu.Unlock()
					cancel()
				}
			}
		})
	}
	for i := range count {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	group.Wait()
	if len(failures) > 0 {
		return failures[0] // it most likely caused the others
	}
	return context.Cause(parent)
}

// anyGrowth believes every count: a post of the demo gets the views of weeks in a minute.
var anyGrowth = &client.Plausibility{GrowthViewsMin: views.PlausibleViewsMax, StepBasisPoints: money.BasisPointsPerWhole}
