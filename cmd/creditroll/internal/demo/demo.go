// Package demo plays a small world in compressed time on the real product: a brand funds
// three campaigns, twelve creators post sixty clips on three platforms, a worker dies in the
// middle, a bank refuses, and everybody who can be paid is paid. Then it judges the promises
// by what ledger, Stripe, platforms and Temporal say, not by what the play intended.
//
//	raise the stage -> cast -> track -> end the campaigns -> pay -> collect evidence -> judge
package demo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/creditroll/creditroll/devstack"
	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/providers"
)

// Options say what to play on, and how.
type Options struct {
	Seed       uint64
	Recordings curves.Recordings
	// Keep has the Temporal web page served, for people who look around afterwards.
	Keep bool

	// Stack holds the addresses that are configured; the rest is started. Only those two
	// parts of it are used.
	Stack devstack.Options
	// Providers are the registered view providers, and Credentials theirs, by name.
	Providers   []providers.Registration
	Credentials map[string]string
	// Temporal is how to reach the Temporal server, but for an address that is not configured.
	Temporal      client.Options
	StripeKey     string
	WebhookSecret string
	ListenAddress string
	TokenKeys     string

	// Executable is creditroll itself; Environment is what its processes inherit.
	Executable  string
	Environment []string
}

func (o Options) apiURL() string { return (&url.URL{Scheme: "http", Host: o.ListenAddress}).String() }

// Tracking phase and what it waits for.
const (
	trackingTime = 28 * time.Second
	// submissionTime is allowed for creators to sign up and hand in their clips.
	submissionTime = 8 * time.Second
	fundingWait    = 30 * time.Second
	endingWait     = 60 * time.Second
	payingWait     = 60 * time.Second
)

// play is one run of the demo.
type play struct {
	*stage
	world     world
	cast      *cast
	stripe    *stripeAPI
	books     *auditor
	temporal  client.Client
	watcher   *watcher
	started   time.Time
	nonce     string
	existing  []stripeObject // what was at Stripe before
	restarted time.Time
	runID     string
	told      map[string]string // what people know about payouts
	skipped   []string
}

// Run plays the demo and returns what came of it. The returned close function stops the
// stack; it is never nil. A broken promise is part of the outcome, not an error.
func Run(ctx context.Context, options Options, narrator Narrator) (outcome *Outcome, closeStage func() error, err error) {
	started := time.Now()
	narrator.Phase("Starting the stack", 8*time.Second)
	stage, err := raise(ctx, options, narrator)
	closeStage = func() error { return stage.lower(ctx) }
	if err != nil {
		return nil, closeStage, err
	}
	p := &play{stage: stage, started: started, told: map[string]string{}, stripe: &stripeAPI{stage.stack.StripeAPIBase, options.StripeKey}}
	defer p.close()
	if err := p.prepare(ctx); err != nil {
		return nil, closeStage, err
	}
	acts := []func(context.Context) error{p.assemble, p.track, p.endCampaigns, p.pay}
	for _, act := range acts {
		if err := act(ctx); err != nil {
			return nil, closeStage, errors.Join(err, p.childrenAlive())
		}
	}
	narrator.Phase("Checking the promises", 3*time.Second)
	outcome, err = p.judge(ctx)
	return outcome, closeStage, err
}

func (p *play) close() {
	if p.watcher != nil {
		_, _ = p.watcher.stop()
	}
	if p.temporal != nil {
		p.temporal.Close()
	}
	if p.books != nil {
		p.books.close()
	}
}

// prepare connects the auditor's eyes and looks at what is there already.
func (p *play) prepare(ctx context.Context) (err error) {
	p.nonce = fmt.Sprintf("%06x", p.started.UnixNano()/int64(time.Millisecond)&0xffffff)
	p.world = newWorld(p.options.Seed, p.nonce, p.options.Recordings)
	if p.books, err = openAuditor(ctx, p.stack.DatabaseURL); err != nil {
		return err
	}
	temporal := p.options.Temporal
	temporal.HostPort = p.stack.TemporalAddress
	if p.temporal, err = client.DialContext(ctx, temporal); err != nil {
		return fmt.Errorf("connect to Temporal: %w", err)
	}
	if p.existing, err = p.stripe.list(ctx, nil); err != nil {
		return fmt.Errorf("list what is at Stripe: %w", err)
	}
	p.cast, err = newCast(p.options.apiURL(), p.options.TokenKeys)
	return err
}

// assemble funds the campaigns and has the creators hand in their clips.
func (p *play) assemble(ctx context.Context) error {
	p.narrator.Phase("Funding campaigns, signing up creators, submitting clips", submissionTime)
	p.watcher = startWatching(ctx, p.books, p.tellSnapshot())
	oldest, err := p.meetAuthors(ctx)
	if err != nil {
		return err
	}
	opened := time.Now()
	times := campaignTimes{
		startsAt: oldest.Add(-time.Minute), endsAt: opened.Add(submissionTime + trackingTime), endsLateAt: opened.Add(time.Hour),
		trackingWindow: opened.Sub(oldest) + time.Hour,
	}
	if err := p.cast.openCampaigns(ctx, p.world, times); err != nil {
		return err
	}
	for place := range p.world.campaigns {
		err := p.await(ctx, "campaigns to go live", fundingWait, func() (bool, error) {
			read, err := p.cast.campaign(ctx, place)
			return err == nil && read.Status == "live", err
		})
		if err != nil {
			return err
		}
	}
	if err := p.cast.enroll(ctx, p.world, p.stripe, p.nonce); err != nil {
		return err
	}
	p.narrator.Event(fmt.Sprintf("%d creators signed up; %s has not been verified by Stripe", len(p.world.creators), p.world.creators[unverifiedCreator].handle))
	if err := p.cast.submitClips(ctx, p.world, p.publish); err != nil {
		return err
	}
	p.narrator.Event(fmt.Sprintf("%d clips submitted", len(p.cast.clipIDs)))
	if late := len(p.world.posts()) - len(p.cast.clipIDs); late > 0 {
		p.skip(fmt.Sprintf("%d clips came after the end of their campaign", late))
	}
	return nil
}

// endCampaigns has the brand complete the campaigns that would go on, and waits until all
// have had their last count.
func (p *play) endCampaigns(ctx context.Context) error {
	p.narrator.Phase("Ending the campaigns: last counts, holds, refunds", 8*time.Second)
	for place := range p.world.campaigns {
		read, err := p.cast.campaign(ctx, place)
		if err != nil {
			return err
		}
		if over(read.Status) || read.Terms.EndsAt.Before(time.Now().Add(endingWait)) {
			continue // it ends, or has ended, by itself
		}
		p.narrator.Event(fmt.Sprintf("the brand completes %q", read.Name))
		completed, err := p.cast.brand.CompleteCampaignWithResponse(ctx, read.Id, nil, reason("the demo is over"))
		if _, err := refused("complete the campaign", completed, field(completed, func() *campaignState { return completed.JSON200 }), err); err != nil {
			return err
		}
	}
	return p.await(ctx, "the campaigns to end and their holds to be released", endingWait, func() (bool, error) {
		for place := range p.world.campaigns {
			read, err := p.cast.campaign(ctx, place)
			if err != nil || !over(read.Status) || read.HeldMinor == nil || *read.HeldMinor > 0 {
				return false, err
			}
		}
		return true, nil
	})
}

// tellSnapshot shows the numbers, and says which campaigns have moved.
func (p *play) tellSnapshot() func(snapshot) {
	told := map[string]string{}
	return func(s snapshot) {
		p.narrator.Count(Counts{Views: s.views, Accruals: s.accruals, Credited: s.credited, Paid: s.paid})
		for _, campaign := range s.campaigns {
			if told[campaign.ID] == campaign.Status {
				continue
			}
			told[campaign.ID] = campaign.Status
			name := "a campaign"
			if place := slices.Index(p.cast.campaignIDs, campaign.ID); place >= 0 {
				name = strconv.Quote(p.world.campaigns[place].name)
			}
			switch campaign.Status {
			case "live":
				p.narrator.Event(fmt.Sprintf("%s is live with a budget of %s", name, inMoney(campaign.FundedMinor, campaign.Currency)))
			case "completed":
				p.narrator.Event(fmt.Sprintf("%s is completed: %s of %s spent", name, inMoney(campaign.SpentMinor, campaign.Currency), inMoney(campaign.FundedMinor, campaign.Currency)))
			case "paid_out", "closed":
				p.narrator.Event(name + " is " + strings.ReplaceAll(campaign.Status, "_", " "))
			}
		}
	}
}

func over(status string) bool {
	return slices.Contains([]string{"completed", "paid_out", "closed", "cancelled"}, status)
}

// await looks until something is so. It ends early when a process of ours does.
func (p *play) await(ctx context.Context, what string, atMost time.Duration, so func() (bool, error)) error {
	deadline := time.Now().Add(atMost)
	for {
		done, err := so()
		if err != nil || done {
			return err
		}
		if err := p.childrenAlive(); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %s for %s; the worker's last lines:\n%s", atMost, what, p.workerLines())
		}
		if err := pause(ctx, pollEvery); err != nil {
			return err
		}
	}
}
