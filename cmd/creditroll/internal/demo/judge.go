package demo

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

// judge collects the evidence and checks the promises against it.
func (p *demoRun) judge(ctx context.Context) (*Outcome, error) {
	seen, err := p.watcher.stop()
	if err != nil {
		return nil, err
	}
	p.measure()
	collected := evidence{watched: seen, restarted: p.restarted, acknowledged: p.acknowledged(), planned: p.planned()}
	for _, collect := range []func(context.Context, *evidence) error{
		p.reconcile, p.refusePounds, p.readBooks, p.readStripe, p.readDifferences, p.readPlatforms, p.readTemporal, p.searchLogs,
	} {
		if err := collect(ctx, &collected); err != nil {
			return nil, fmt.Errorf("collect evidence: %w", err)
		}
	}
	earnings, err := p.books.earnings(ctx)
	if err != nil {
		return nil, fmt.Errorf("collect evidence: %w", err)
	}
	verdicts, counted := judge(collected)
	outcome := &Outcome{
		Verdicts: verdicts, Summary: summarize(collected, counted), Creators: p.creatorRows(collected, earnings), Conversions: p.conversionRows(collected),
		Parked: p.parkedRows(ctx, collected), Memory: p.memory, Skipped: p.skipped, Places: p.places(),
	}
	outcome.Summary.Seconds = roundTenths(time.Since(p.started))
	outcome.Summary.addRest(p.memory, verdicts, p.skipped)
	return outcome, nil
}

func (p *demoRun) acknowledged() []string {
	ids := append([]string{}, p.participants.campaignIDs...)
	for _, id := range p.participants.clipIDs {
		ids = append(ids, id)
	}
	return ids
}

func (p *demoRun) readBooks(ctx context.Context, e *evidence) (err error) {
	if e.books, err = p.books.read(ctx); err != nil {
		return err
	}
	store, err := books.Open(ctx, p.stack.DatabaseURL, db.Options{})
	if err != nil {
		return err
	}
	defer store.DB.Close()
	verified, err := store.Audit.Verify(ctx)
	for _, finding := range verified.Findings {
		e.findings = append(e.findings, finding.String())
	}
	if err != nil {
		return err
	}
	return e.explain(ctx, store)
}

// explain checks that every payout, its creator's balances and every campaign's spending add up
// from their readings.
func (e *evidence) explain(ctx context.Context, store *books.Books) error {
	explained := map[string]bool{}
	for _, row := range e.books.payouts {
		payout, err := store.Audit.ExplainPayout(ctx, row.ID, db.Page{})
		if err != nil {
			return err
		}
		e.addUp("payout "+row.ID, payout.DifferenceMinor, payout.Checks)
		if explained[row.CreatorID] {
			continue
		}
		explained[row.CreatorID] = true
		creator, err := store.Audit.ExplainCreator(ctx, row.CreatorID, "")
		if err != nil {
			return err
		}
		for _, in := range creator.Currencies {
			e.addUp("creator "+row.CreatorID, in.DifferenceMinor, in.Checks)
		}
	}
	for _, row := range e.books.terms {
		campaign, err := store.Audit.ExplainCampaign(ctx, row.ID, db.Page{})
		if err != nil {
			return err
		}
		e.addUp("campaign "+row.ID, campaign.SpentDifferenceMinor, campaign.Checks)
	}
	return nil
}

func (e *evidence) addUp(what string, differenceMinor int64, checks audit.Checks) {
	if differenceMinor != 0 {
		e.findings = append(e.findings, fmt.Sprintf("%s exceeds the sum of its parts by %d (minor units)", what, differenceMinor))
	}
	if broken, found := checks.Broken(); found {
		e.findings = append(e.findings, fmt.Sprintf("%s: %s: %s", what, broken.Name, broken.Says))
	}
}

func (p *demoRun) readStripe(ctx context.Context, e *evidence) error {
	listed, err := p.stripe.list(ctx, p.participants.accounts)
	if err != nil {
		return err
	}
	if e.balances, err = p.stripe.balances(ctx); err != nil {
		return err
	}
	before := map[string]bool{}
	for _, object := range p.existing {
		before[object.key()] = true
	}
	for _, object := range listed {
		if !before[object.key()] {
			e.listed = append(e.listed, object)
		}
	}
	if p.stack.Stripe != nil {
		e.journal = fromJournal(p.stack.Stripe.Journal().Effects())
	}
	return nil
}

func (p *demoRun) readPlatforms(_ context.Context, e *evidence) error {
	e.shown = map[string]map[int64]bool{}
	for _, provider := range p.stack.Providers {
		if provider.Simulator == nil {
			continue
		}
		for _, entry := range provider.Simulator.Journal.Entries(0, catalog.KindCountServed) {
			e.addShown(entry)
		}
	}
	return nil
}

func (e *evidence) addShown(entry faults.Entry) {
	views, ok := entry.Details["views"].(int64)
	if !ok {
		return
	}
	if e.shown[entry.ObjectID] == nil {
		e.shown[entry.ObjectID] = map[int64]bool{}
	}
	e.shown[entry.ObjectID][views] = true
}

// Temporal's lists are a moment late, and a step can be running during a read. So workflows that
// seem stuck are read again.
const (
	workflowReads     = 3
	workflowReadPause = 1500 * time.Millisecond
)

func (p *demoRun) readTemporal(ctx context.Context, e *evidence) error {
	var leaks []string
	for read := 1; ; read++ {
		var err error
		e.workflows, leaks, err = p.workflows(ctx, p.secrets())
		if err != nil {
			return err
		}
		if len(e.stuckWorkflows())+len(e.unlisted()) == 0 || read == workflowReads {
			e.leaks = append(e.leaks, leaks...)
			return nil
		}
		if err := pause(ctx, workflowReadPause); err != nil {
			return err
		}
	}
}

// secrets are the creators' names in the product and on the platforms.
func (p *demoRun) secrets() []string {
	var secret []string
	for _, creator := range p.world.creators {
		secret = append(secret, creator.handle)
		for _, post := range creator.clips {
			secret = append(secret, post.author)
		}
	}
	slices.Sort(secret)
	return slices.Compact(secret)
}

func (p *demoRun) searchLogs(ctx context.Context, e *evidence) error {
	for _, secret := range p.secrets() {
		if p.log.contains(secret) {
			e.leaks = append(e.leaks, "the log of API or worker contains a creator's name")
			break
		}
	}
	found, err := p.books.holdsAny(ctx, p.secrets())
	if found {
		e.leaks = append(e.leaks, "the ledger contains a creator's name")
	}
	return err
}

// places are the addresses and commands to explore the result.
func (p *demoRun) places() []string {
	if p.stack.TemporalUIURL == "" {
		return nil
	}
	workflows := p.stack.TemporalUIURL + "/namespaces/" + p.options.Temporal.Namespace + "/workflows"
	search := func(query string) string { return workflows + "?query=" + url.QueryEscape(query) }
	places := []string{
		"every workflow      " + workflows,
		"needs attention     " + search("NeedsAttention=true"),
		"payouts of the run  " + search(`PayoutRunId="`+p.runID+`"`),
		"API documentation   " + p.options.apiURL() + "/docs",
		"database            " + p.stack.DatabaseURL,
	}
	if p.stack.Stripe != nil {
		places = append(places, "Stripe simulator    "+p.stack.StripeAPIBase+"/_sim/state")
	}
	return places
}
