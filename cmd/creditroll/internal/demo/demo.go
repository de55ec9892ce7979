// Package demo runs a small world in compressed time on the real product. A brand funds three
// campaigns, and twelve creators post sixty clips on three platforms. A worker is killed, a bank
// refuses a payout, and every creator who can be paid is paid. Then the demo checks the promises
// against the data of the ledger, Stripe, the platforms and Temporal.
//
//	install -> sign up -> track -> end the campaigns -> pay -> collect evidence -> judge
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

// Options configure a demo.
type Options struct {
	Seed       uint64
	Recordings curves.Recordings
	// Keep also starts the Temporal web page, for people who explore the result.
	Keep bool

	// Stack has the configured addresses; the demo starts the other servers. Only those two
	// parts of it are used.
	Stack devstack.Options
	// Providers are the registered view providers, and Chains in which order they are asked. Credentials has their credentials by name.
	Providers   []providers.Registration
	Chains      providers.Chains
	Credentials map[string]string
	// Temporal has the options of the Temporal client. Without an address, the demo starts a
	// server.
	Temporal      client.Options
	StripeKey     string
	WebhookSecret string
	ListenAddress string
	TokenKeys     string

	// Executable is creditroll itself. Its processes inherit Environment.
	Executable  string
	Environment []string
}

func (o Options) apiURL() string { return (&url.URL{Scheme: "http", Host: o.ListenAddress}).String() }

// The tracking phase and the limits of waits.
const (
	trackingTime = 28 * time.Second
	// submissionTime is the time for creators to sign up and submit their clips.
	submissionTime = 8 * time.Second
	fundingWait    = 30 * time.Second
	endingWait     = 60 * time.Second
	payingWait     = 60 * time.Second
)

// demoRun is one run of the demo.
type demoRun struct {
	*installation
	world        world
	participants *participants
	stripe       *stripeAPI
	books        *auditor
	temporal     client.Client
	watcher      *watcher
	started      time.Time
	nonce        string
	existing     []stripeObject // objects at Stripe from before the demo
	restarted    time.Time
	runID        string
	reported     map[string]string // the payout statuses that were shown
	skipped      []string
}

// Run runs the demo and returns its outcome. The returned close function stops the stack and is
// never nil. A broken promise is part of the outcome, not an error.
func Run(ctx context.Context, options Options, narrator Narrator) (outcome *Outcome, closeInstallation func() error, err error) {
	started := time.Now()
	narrator.Phase("Starting the stack", 8*time.Second)
	installed, err := startInstallation(ctx, options, narrator)
	closeInstallation = func() error { return installed.stop(ctx) }
	if err != nil {
		return nil, closeInstallation, err
	}
	p := &demoRun{installation: installed, started: started, reported: map[string]string{}, stripe: &stripeAPI{installed.stack.StripeAPIBase, options.StripeKey}}
	defer p.close()
	if err := p.prepare(ctx); err != nil {
		return nil, closeInstallation, err
	}
	phases := []func(context.Context) error{p.assemble, p.track, p.endCampaigns, p.pay}
	for _, phase := range phases {
		if err := phase(ctx); err != nil {
			return nil, closeInstallation, errors.Join(err, p.childrenAlive())
		}
	}
	narrator.Phase("Checking the promises", 3*time.Second)
	outcome, err = p.judge(ctx)
	return outcome, closeInstallation, err
}

func (p *demoRun) close() {
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

// prepare connects the auditor and records the data from before the demo.
func (p *demoRun) prepare(ctx context.Context) (err error) {
	p.nonce = fmt.Sprintf("%06x", p.started.UnixNano()/int64(time.Millisecond)&0xffffff)
	p.world = newWorld(p.options.Seed, p.nonce, p.options.Recordings)
	if p.stack.Stripe == nil {
		p.skip("no payout is converted, because Stripe is not our simulator")
		for _, at := range abroadCreators {
			p.world.creators[at].abroad = false
		}
	}
	if p.books, err = openAuditor(ctx, p.stack.DatabaseURL); err != nil {
		return err
	}
	temporal := p.options.Temporal
	temporal.HostPort = p.stack.TemporalAddress
	if p.temporal, err = client.DialContext(ctx, temporal); err != nil {
		return fmt.Errorf("connect to Temporal: %w", err)
	}
	if p.existing, err = p.stripe.list(ctx, nil); err != nil {
		return fmt.Errorf("list objects at Stripe: %w", err)
	}
	p.participants, err = newParticipants(p.options.apiURL(), p.options.TokenKeys)
	return err
}

// assemble funds the campaigns and submits the creators' clips.
func (p *demoRun) assemble(ctx context.Context) error {
	p.narrator.Phase("Funding campaigns, signing up creators, submitting clips", submissionTime)
	p.watcher = startWatching(ctx, p.books, p.reportSnapshots())
	oldest, err := p.readAuthors(ctx)
	if err != nil {
		return err
	}
	opened := time.Now()
	times := campaignTimes{
		startsAt: oldest.Add(-time.Minute), endsAt: opened.Add(submissionTime + trackingTime), endsLateAt: opened.Add(time.Hour),
		trackingWindow: opened.Sub(oldest) + time.Hour,
	}
	if err := p.participants.openCampaigns(ctx, p.world, times); err != nil {
		return err
	}
	for place := range p.world.campaigns {
		err := p.await(ctx, "campaigns to go live", fundingWait, func() (bool, error) {
			read, err := p.participants.campaign(ctx, place)
			return err == nil && read.Status == "live", err
		})
		if err != nil {
			return err
		}
	}
	if err := p.participants.enroll(ctx, p.world, p.stripe, p.nonce); err != nil {
		return err
	}
	p.narrator.Event(fmt.Sprintf("%d creators signed up; %s has not been verified by Stripe", len(p.world.creators), p.world.creators[unverifiedCreator].handle))
	if err := p.participants.submitClips(ctx, p.world, p.publish); err != nil {
		return err
	}
	p.narrator.Event(fmt.Sprintf("%d clips submitted", len(p.participants.clipIDs)))
	if late := len(p.world.posts()) - len(p.participants.clipIDs); late > 0 {
		p.skip(fmt.Sprintf("%d clips were submitted after the end of their campaign", late))
	}
	return nil
}

// endCampaigns completes the campaigns that would continue, and waits until all have their final
// readings.
func (p *demoRun) endCampaigns(ctx context.Context) error {
	p.narrator.Phase("Ending the campaigns: final readings, holds, refunds", 8*time.Second)
	for place := range p.world.campaigns {
		read, err := p.participants.campaign(ctx, place)
		if err != nil {
			return err
		}
		if over(read.Status) || read.Terms.EndsAt.Before(time.Now().Add(endingWait)) {
			continue // it ends at its date, or has ended
		}
		p.narrator.Event(fmt.Sprintf("the brand completes %q", read.Name))
		completed, err := p.participants.brand.CompleteCampaignWithResponse(ctx, read.Id, nil, reason("the demo ends"))
		if _, err := expectBody("complete the campaign", completed, field(completed, func() *campaignState { return completed.JSON200 }), err); err != nil {
			return err
		}
	}
	err := p.await(ctx, "the campaigns to end and their holds to be released", endingWait, func() (bool, error) {
		for place := range p.world.campaigns {
			read, err := p.participants.campaign(ctx, place)
			if err != nil || !over(read.Status) || read.HeldMinor == nil || *read.HeldMinor > 0 {
				return false, err
			}
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	return p.payPounds(ctx)
}

// reportSnapshots shows the numbers and the campaigns that changed.
func (p *demoRun) reportSnapshots() func(snapshot) {
	reported := map[string]string{}
	return func(s snapshot) {
		p.narrator.Count(Counts{Views: s.views, Accruals: s.accruals, Credited: s.credited, Paid: s.paid})
		for _, campaign := range s.campaigns {
			if reported[campaign.ID] == campaign.Status {
				continue
			}
			reported[campaign.ID] = campaign.Status
			name := "a campaign"
			if place := slices.Index(p.participants.campaignIDs, campaign.ID); place >= 0 {
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

// await waits until a condition holds. It fails early if one of our processes ends.
func (p *demoRun) await(ctx context.Context, what string, atMost time.Duration, so func() (bool, error)) error {
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
