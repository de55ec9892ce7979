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

// pay runs a payout run until every creator who can be paid is paid, one of them on the second
// attempt.
func (p *demoRun) pay(ctx context.Context) error {
	p.narrator.Phase("Paying the creators", 12*time.Second)
	free, err := p.freeRun(ctx)
	if err != nil {
		return err
	}
	seq := p.journalEnd()
	made, err := p.participants.finance.StartPayoutRunWithResponse(ctx, nil, free)
	run, err := expectBody("start the payout run", made, field(made, func() *client.PayoutRunStarted { return made.JSON202 }), err)
	if err != nil {
		return err
	}
	p.runID = run.Id
	p.narrator.Event("payout run " + run.Period + " started by finance")
	if err := p.approveRun(ctx); err != nil {
		return err
	}
	if err := p.failBankPayout(ctx, seq); err != nil {
		return err
	}
	return p.awaitPayouts(ctx)
}

// freeRun is the first number of this week's runs that no run in this database has.
func (p *demoRun) freeRun(ctx context.Context) (client.NewPayoutRun, error) {
	limit := client.Limit(200)
	read, err := p.participants.finance.ListPayoutRunsWithResponse(ctx, &client.ListPayoutRunsParams{Limit: &limit})
	page, err := expectBody("list the payout runs", read, field(read, func() *client.PayoutRunPage { return read.JSON200 }), err)
	if err != nil {
		return client.NewPayoutRun{}, err
	}
	period, number := payout.Period(time.Now()), payout.WeeklyRun
	for _, run := range page.Items { // latest first
		if run.Period == period {
			number = max(number, run.Number+1)
		}
	}
	return client.NewPayoutRun{Period: period, Number: &number}, nil
}

// approveRun approves the run as another person than the one who started it.
func (p *demoRun) approveRun(ctx context.Context) error {
	err := p.await(ctx, "the payout run to wait for its approval", payingWait, func() (bool, error) {
		run, err := p.run(ctx)
		return err == nil && run.Status == string(payout.RunAwaitingApproval), err
	})
	if err != nil {
		return err
	}
	approved, err := p.participants.admin.ApprovePayoutRunWithResponse(ctx, p.runID, nil)
	if _, err := expectBody("approve the payout run", approved, field(approved, func() *client.PayoutRun { return approved.JSON200 }), err); err != nil {
		return err
	}
	p.narrator.Event("approved by an admin, who is another person")
	return nil
}

func (p *demoRun) journalEnd() int64 {
	if p.stack.Stripe == nil {
		return 0
	}
	entries := p.stack.Stripe.Journal().Entries(0)
	if len(entries) == 0 {
		return 0
	}
	return entries[len(entries)-1].Seq
}

// failBankPayout makes a bank refuse one payout, and resolves it like an operator: with the
// command line from the product and the Temporal CLI.
func (p *demoRun) failBankPayout(ctx context.Context, seq int64) error {
	if p.stack.Stripe == nil {
		p.skip("no bank payout fails, because Stripe is not our simulator")
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
		p.skip("no bank payout fails, because no creator earned enough to be paid")
		return nil
	}
	var failed struct {
		Status string `json:"status"`
	}
	if err := p.stripe.call(ctx, http.MethodPost, "/_sim/payouts/"+sent[0].ObjectID+"/fail", "", url.Values{}, &failed); err != nil {
		return fmt.Errorf("make a bank payout fail: %w", err)
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
	// The books show it a moment before the workflow accepts commands. Operators read the list,
	// so wait for the list.
	err = p.await(ctx, "the failed payout to be on the needs-attention list", payingWait, func() (bool, error) {
		listed, _, err := p.workflows(ctx, nil, "WorkflowId = 'payout/"+payoutID+"'")
		return err == nil && len(listed) == 1 && listed[0].NeedsAttention, err
	})
	if err != nil {
		return err
	}
	p.narrator.Event("a bank could not process the payout to " + p.handle(detail.Payout.CreatorId))
	if len(detail.ShellLines) == 0 {
		return fmt.Errorf("payout %s needs attention, but the API has no command line for it", payoutID)
	}
	p.reported[payoutID] = detail.Payout.Status
	line := strings.NewReplacer("YOUR_ID", "demo-finance", "WHY", "the bank reports that it works again").Replace(detail.ShellLines[0])
	p.narrator.Event("it needs attention (" + text(detail.Payout.AttentionReason) + "), and an operator runs:")
	p.narrator.Event("$ " + line)
	return p.operate(ctx, line)
}

func (p *demoRun) run(ctx context.Context) (*client.PayoutRun, error) {
	read, err := p.participants.finance.GetPayoutRunWithResponse(ctx, p.runID)
	if read != nil && read.StatusCode() == http.StatusNotFound {
		return &client.PayoutRun{Status: "starting"}, nil // acknowledged but not stored yet
	}
	return expectBody("read the payout run", read, field(read, func() *client.PayoutRun { return read.JSON200 }), err)
}

func (p *demoRun) payout(ctx context.Context, id string) (*client.PayoutDetail, error) {
	read, err := p.participants.finance.GetPayoutWithResponse(ctx, id)
	return expectBody("read a payout", read, field(read, func() *client.PayoutDetail { return read.JSON200 }), err)
}

// operate runs a line that begins with "temporal", with the CLI of the stack.
func (p *demoRun) operate(ctx context.Context, line string) error {
	binary, err := temporalserver.Binary(ctx, p.narrator.Event)
	if err != nil {
		return err
	}
	arguments, found := strings.CutPrefix(line, "temporal ")
	if !found {
		return fmt.Errorf("not a command for the Temporal CLI: %s", line)
	}
	environment := append(slices.Clone(p.environment), "TEMPORAL_CLI="+binary)
	if p.options.Temporal.Namespace != "" && !isSet(environment, "TEMPORAL_NAMESPACE") {
		environment = append(environment, "TEMPORAL_NAMESPACE="+p.options.Temporal.Namespace)
	}
	// A shell reads the line, so that quotes work as they do for an operator.
	return process.Run(ctx, process.Spec{
		Name: "temporal", Path: "/bin/sh", Args: []string{"-c", `"$TEMPORAL_CLI" ` + arguments}, Env: environment, DeathSignal: syscall.SIGKILL,
	})
}

// awaitPayouts waits until the run has ended, and each of its payouts is past its return window
// or needs attention.
func (p *demoRun) awaitPayouts(ctx context.Context) error {
	err := p.await(ctx, "the payouts to end", payingWait, func() (bool, error) {
		payouts, err := p.payouts(ctx)
		if err != nil {
			return false, err
		}
		settled := true
		for _, each := range payouts {
			if p.reported[each.Id] != each.Status {
				p.reported[each.Id] = each.Status
				p.reportPayout(ctx, each)
			}
			settled = settled && ended(each.Status)
		}
		run, err := p.run(ctx)
		return err == nil && settled && run.Status == "finished" && int64(len(payouts)) == run.Payouts, err
	})
	if err != nil {
		return err
	}
	return p.awaitReturnWindows(ctx)
}

func ended(status string) bool {
	return slices.Contains([]payout.Status{payout.Paid, payout.NeedsAttention, payout.Cancelled, payout.Returned}, payout.Status(status))
}

// reportPayout shows the new status of a payout.
func (p *demoRun) reportPayout(ctx context.Context, each client.Payout) {
	amount := amounts(map[string]int64{each.Currency: each.AmountMinor})
	switch payout.Status(each.Status) {
	case payout.Paid:
		became := ""
		if detail, err := p.payout(ctx, each.Id); err == nil {
			became = describeConversion(detail)
		}
		p.narrator.Event(fmt.Sprintf("paid: %s to %s%s", amount, p.handle(each.CreatorId), became))
	case payout.NeedsAttention:
		p.narrator.Event(fmt.Sprintf("needs attention: %s for %s (%s)", amount, p.handle(each.CreatorId), text(each.AttentionReason)))
		if detail, err := p.payout(ctx, each.Id); err == nil && len(detail.ShellLines) > 0 {
			p.narrator.Event("$ " + detail.ShellLines[0])
		}
	}
}

func (p *demoRun) payouts(ctx context.Context) ([]client.Payout, error) {
	limit := client.Limit(200)
	read, err := p.participants.finance.ListPayoutsWithResponse(ctx, &client.ListPayoutsParams{Limit: &limit, PayoutRunId: &p.runID})
	page, err := expectBody("list the payouts", read, field(read, func() *client.PayoutPage { return read.JSON200 }), err)
	if err != nil {
		return nil, err
	}
	return page.Items, nil
}

func (p *demoRun) handle(creatorID string) string {
	if at := slices.Index(p.participants.creatorIDs, creatorID); at >= 0 {
		return p.world.creators[at].handle
	}
	return creatorID
}

// awaitReturnWindows waits until the return windows of paid payouts have ended, and campaigns
// whose creators are all paid have closed. After a time limit, the promises are judged anyway.
func (p *demoRun) awaitReturnWindows(ctx context.Context) error {
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

// openPayouts counts running payout workflows that do not need attention.
func (p *demoRun) openPayouts(ctx context.Context) (int, error) {
	facts, _, err := p.workflows(ctx, nil, "WorkflowType = 'CreatorPayout' AND ExecutionStatus = 'Running'")
	open := 0
	for _, fact := range facts {
		if fact.running() && !fact.NeedsAttention {
			open++
		}
	}
	return open, err
}

// workflows are those that were started during the demo.
func (p *demoRun) workflows(ctx context.Context, secret []string, conditions ...string) ([]workflowFact, []string, error) {
	return readWorkflows(ctx, p.temporal, p.options.Temporal.Namespace, p.started, secret, conditions...)
}

func text(optional *string) string {
	if optional == nil {
		return ""
	}
	return *optional
}
