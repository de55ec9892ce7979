package demo

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/devstack/process"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/devstack/temporalserver"
	"github.com/creditroll/creditroll/domain/payout"
)

// pay runs a payout run until everybody is paid who can be, one of them at the second try.
func (p *play) pay(ctx context.Context) error {
	p.narrator.Phase("Paying the creators", 12*time.Second)
	period, err := p.freePeriod(ctx)
	if err != nil {
		return err
	}
	seq := p.journalEnd()
	made, err := p.cast.finance.StartPayoutRunWithResponse(ctx, nil, client.NewPayoutRun{Period: period})
	run, err := refused("start the payout run", made, field(made, func() *client.PayoutRunStarted { return made.JSON202 }), err)
	if err != nil {
		return err
	}
	p.runID = run.Id
	p.narrator.Event("payout run " + run.Period + " started by finance")
	if err := p.breakOneBank(ctx, seq); err != nil {
		return err
	}
	return p.awaitPayouts(ctx)
}

// freePeriod is this week, or the latest one before it that has no run on this database yet.
func (p *play) freePeriod(ctx context.Context) (string, error) {
	limit := client.Limit(200)
	read, err := p.cast.finance.ListPayoutRunsWithResponse(ctx, &client.ListPayoutRunsParams{Limit: &limit})
	page, err := refused("list the payout runs", read, field(read, func() *client.PayoutRunPage { return read.JSON200 }), err)
	if err != nil {
		return "", err
	}
	week := time.Now()
	for {
		period := payout.Period(week)
		taken := slices.ContainsFunc(page.Items, func(run client.PayoutRun) bool { return run.Period == period })
		if !taken {
			return period, nil
		}
		week = week.AddDate(0, 0, -7)
	}
}

func (p *play) journalEnd() int64 {
	if p.stack.Stripe == nil {
		return 0
	}
	entries := p.stack.Stripe.Journal().Entries(0)
	if len(entries) == 0 {
		return 0
	}
	return entries[len(entries)-1].Seq
}

// breakOneBank has a bank refuse one payout, and mends it as an operator would: with the
// command line that the product gives, and the Temporal CLI.
func (p *play) breakOneBank(ctx context.Context, seq int64) error {
	if p.stack.Stripe == nil {
		p.skip("no bank payout fails: Stripe is not our simulator")
		return nil
	}
	var sent []faults.Entry
	err := p.await(ctx, "a bank payout that can fail", payingWait, func() (bool, error) {
		if sent = p.stack.Stripe.Journal().Entries(seq, "payout.applied"); len(sent) > 0 {
			return true, nil
		}
		run, err := p.run(ctx)
		return err == nil && run.Status == "finished", err
	})
	if err != nil {
		return err
	}
	if len(sent) == 0 {
		p.skip("no bank payout fails: nobody earned enough to be paid")
		return nil
	}
	var failed struct {
		Status string `json:"status"`
	}
	if err := p.stripe.call(ctx, http.MethodPost, "/_sim/payouts/"+sent[0].ObjectID+"/fail", "", url.Values{}, &failed); err != nil {
		return fmt.Errorf("have a bank payout fail: %w", err)
	}
	payoutID := sent[0].Metadata["payout_id"]
	var detail *client.PayoutDetail
	err = p.await(ctx, "the failed payout to need attention", payingWait, func() (bool, error) {
		detail, err = p.payout(ctx, payoutID)
		return err == nil && detail.Payout.Status == string(payout.NeedsAttention), err
	})
	if err != nil {
		return err
	}
	// The books say so a moment before the process takes orders; operators read the list.
	err = p.await(ctx, "the failed payout to be on the list of what needs attention", payingWait, func() (bool, error) {
		listed, _, err := p.workflows(ctx, nil, "WorkflowId = 'payout/"+payoutID+"'")
		return err == nil && len(listed) == 1 && listed[0].NeedsAttention, err
	})
	if err != nil {
		return err
	}
	p.narrator.Event("a bank could not process the payout to " + p.handle(detail.Payout.CreatorId))
	if len(detail.ShellLines) == 0 {
		return fmt.Errorf("payout %s needs attention, and the API gives no command line for it", payoutID)
	}
	p.told[payoutID] = detail.Payout.Status
	line := strings.NewReplacer("YOUR_ID", "demo-finance", "WHY", "the bank says it works again").Replace(detail.ShellLines[0])
	p.narrator.Event("it needs attention (" + text(detail.Payout.AttentionReason) + "), and an operator types:")
	p.narrator.Event("$ " + line)
	return p.operate(ctx, line)
}

func (p *play) run(ctx context.Context) (*client.PayoutRun, error) {
	read, err := p.cast.finance.GetPayoutRunWithResponse(ctx, p.runID)
	if read != nil && read.StatusCode() == http.StatusNotFound {
		return &client.PayoutRun{Status: "starting"}, nil // acknowledged, and not on record yet
	}
	return refused("read the payout run", read, field(read, func() *client.PayoutRun { return read.JSON200 }), err)
}

func (p *play) payout(ctx context.Context, id string) (*client.PayoutDetail, error) {
	read, err := p.cast.finance.GetPayoutWithResponse(ctx, id)
	return refused("read a payout", read, field(read, func() *client.PayoutDetail { return read.JSON200 }), err)
}

// operate runs a line that begins with "temporal", with the CLI that the stack would use.
func (p *play) operate(ctx context.Context, line string) error {
	binary, err := temporalserver.Binary(ctx, p.narrator.Event)
	if err != nil {
		return err
	}
	arguments, found := strings.CutPrefix(line, "temporal ")
	if !found {
		return fmt.Errorf("this is no line for the Temporal CLI: %s", line)
	}
	environment := append(slices.Clone(p.environment), "TEMPORAL_CLI="+binary)
	if p.options.Temporal.Namespace != "" && !isSet(environment, "TEMPORAL_NAMESPACE") {
		environment = append(environment, "TEMPORAL_NAMESPACE="+p.options.Temporal.Namespace)
	}
	// A shell reads the line as it would for the operator, quotes and all.
	return process.Run(ctx, process.Spec{
		Name: "temporal", Path: "/bin/sh", Args: []string{"-c", `"$TEMPORAL_CLI" ` + arguments}, Env: environment, DeathSignal: syscall.SIGKILL,
	})
}

// awaitPayouts waits until the run has ended, and every payout of it is paid and past its
// return window, or waits for a person.
func (p *play) awaitPayouts(ctx context.Context) error {
	err := p.await(ctx, "the payouts to end", payingWait, func() (bool, error) {
		payouts, err := p.payouts(ctx)
		if err != nil {
			return false, err
		}
		settled := true
		for _, each := range payouts {
			if p.told[each.Id] != each.Status {
				p.told[each.Id] = each.Status
				p.tellPayout(ctx, each)
			}
			settled = settled && ended(each.Status)
		}
		run, err := p.run(ctx)
		return err == nil && settled && run.Status == "finished" && int64(len(payouts)) == run.Payouts, err
	})
	if err != nil {
		return err
	}
	return p.awaitQuiet(ctx)
}

func ended(status string) bool {
	return slices.Contains([]payout.Status{payout.Paid, payout.NeedsAttention, payout.Cancelled, payout.Returned}, payout.Status(status))
}

// tellPayout says what has become of one payout.
func (p *play) tellPayout(ctx context.Context, each client.Payout) {
	amount := amounts(map[string]int64{each.Currency: each.AmountMinor})
	switch payout.Status(each.Status) {
	case payout.Paid:
		p.narrator.Event(fmt.Sprintf("paid: %s to %s", amount, p.handle(each.CreatorId)))
	case payout.NeedsAttention:
		p.narrator.Event(fmt.Sprintf("needs attention: %s for %s (%s)", amount, p.handle(each.CreatorId), text(each.AttentionReason)))
		if detail, err := p.payout(ctx, each.Id); err == nil && len(detail.ShellLines) > 0 {
			p.narrator.Event("$ " + detail.ShellLines[0])
		}
	}
}

func (p *play) payouts(ctx context.Context) ([]client.Payout, error) {
	limit := client.Limit(200)
	read, err := p.cast.finance.ListPayoutsWithResponse(ctx, &client.ListPayoutsParams{Limit: &limit, PayoutRunId: &p.runID})
	page, err := refused("list the payouts", read, field(read, func() *client.PayoutPage { return read.JSON200 }), err)
	if err != nil {
		return nil, err
	}
	return page.Items, nil
}

func (p *play) handle(creatorID string) string {
	if at := slices.Index(p.cast.creatorIDs, creatorID); at >= 0 {
		return p.world.creators[at].handle
	}
	return creatorID
}

// awaitQuiet waits until the return windows of paid payouts are over and campaigns whose
// creators are all paid have closed. What is not quiet in time is judged as it is.
func (p *play) awaitQuiet(ctx context.Context) error {
	p.narrator.Event("waiting until no bank can send a payout back")
	deadline := time.Now().Add(quietWait)
	for time.Now().Before(deadline) {
		open, err := p.openPayouts(ctx)
		if err != nil || open == 0 {
			return err
		}
		if err := pause(ctx, watchEvery); err != nil {
			return err
		}
	}
	return nil
}

const quietWait = 20 * time.Second

// openPayouts counts payout workflows that run and wait for nobody.
func (p *play) openPayouts(ctx context.Context) (int, error) {
	facts, _, err := p.workflows(ctx, nil, "WorkflowType = 'CreatorPayout' AND ExecutionStatus = 'Running'")
	open := 0
	for _, fact := range facts {
		if fact.running() && !fact.NeedsAttention {
			open++
		}
	}
	return open, err
}

// workflows are those that were started since the demo began.
func (p *play) workflows(ctx context.Context, secret []string, narrower ...string) ([]workflowFact, []string, error) {
	return readWorkflows(ctx, p.temporal, p.options.Temporal.Namespace, p.started, secret, narrower...)
}

func text(optional *string) string {
	if optional == nil {
		return ""
	}
	return *optional
}
