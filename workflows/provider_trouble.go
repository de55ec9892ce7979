package workflows

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
)

// ProviderTroubleInput starts or continues the watch over a view provider.
type ProviderTroubleInput struct {
	Provider string `json:"provider"`
	// After is how long requests have to fail before people are asked.
	After duration.Text `json:"after"`
	// Every is the first wait between two looks.
	Every duration.Text `json:"every"`
	// Waits counts the waits so far.
	Waits int `json:"waits,omitempty"`
}

// troubleIntervalMax bounds the wait between two looks.
const troubleIntervalMax = 15 * time.Minute

// ProviderTrouble shows that a provider fails, or that many posts vanish at once from it, while that lasts. It is one
// entry for all of its platforms and workers, because it reads the attempts in the books only. It ends when the
// provider has given a good answer on each platform, or was not asked for a day.
func ProviderTrouble(root workflow.Context, in ProviderTroubleInput) error {
	ctx, _ := workflow.NewDisconnectedContext(root)
	again := watch(ctx, waitFor(root), func() (sight, error) {
		troubles, err := do(ctx, ledgerCall, "Read the latest attempts of providers", activities.ListProviderTroubles, workflow.Now(ctx))
		if err != nil {
			return sight{}, err
		}
		if troubles = in.needPerson(troubles); len(troubles) == 0 {
			return sight{}, nil
		}
		in.Waits++
		return sight{lasts: true, attention: in.attention(troubles), wait: in.wait(), until: "Until the attempts of " + in.Provider + " are read again"}, nil
	})
	if again {
		return workflow.NewContinueAsNewError(root, ProviderTrouble, in)
	}
	return nil
}

// needPerson returns the troubles of the provider that people are asked about.
func (in ProviderTroubleInput) needPerson(troubles []views.Trouble) []views.Trouble {
	return slices.DeleteFunc(troubles, func(each views.Trouble) bool {
		return each.Provider != in.Provider || !each.NeedsPerson(in.After.Std())
	})
}

func (in ProviderTroubleInput) attention(troubles []views.Trouble) *attention {
	var lines []string
	for _, each := range troubles {
		lines = append(lines, in.describe(each)...)
	}
	says := "The answers of " + in.Provider + " are no good:\n\n" + strings.Join(lines, "\n") +
		"\n\nIt is asked seldom while this lasts. Clips are read from the next provider of their chain, or wait if there is none, and keep what they have earned. "
	a := &attention{Reason: "provider_failing", Detail: says + "Check its account, its key and its status page. If it has lost a platform for good, take it out of the chain. This entry goes away by itself once the provider answers."}
	if slices.ContainsFunc(troubles, func(each views.Trouble) bool { return each.Vanished > 0 }) {
		a = &attention{Reason: "posts_vanish_at_once", Detail: says + "Posts vanish one by one, so the provider is doubted: no post counts as gone because of it. Open some of the posts. If they are there, report it to the provider. If a whole channel has vanished, there is nothing to do. This entry goes away by itself once the provider reads posts again."}
	}
	return a
}

// describe returns a line for each kind of trouble on a platform.
func (in ProviderTroubleInput) describe(trouble views.Trouble) (lines []string) {
	line := func(what string, since time.Time, requests int, outcomes string) {
		lines = append(lines, "- "+string(trouble.Platform)+": "+what+" since "+since.UTC().Format(time.DateTime)+" UTC (requests: "+strconv.Itoa(requests)+outcomes+").")
	}
	if trouble.Vanished > 0 {
		line("many posts that it had read before are missing at once", trouble.VanishedSince, trouble.Vanished, "")
	}
	if trouble.IsFailing(in.After.Std()) {
		line("all requests fail", trouble.FailingSince, trouble.Failed, ", with "+strings.Join(trouble.Failures, ", "))
	}
	return lines
}

// wait returns the time until the next look. It grows.
func (in ProviderTroubleInput) wait() time.Duration {
	every := in.Every.Std()
	return max(every, min(every<<min(in.Waits-1, 8), troubleIntervalMax))
}

// ProviderCheckInput has the settings of a pass.
type ProviderCheckInput struct {
	// After is how long requests have to fail before people are asked.
	After duration.Text `json:"after"`
	// Every is the interval of passes.
	Every duration.Text `json:"every"`
}

// ProviderCheckResult is what a pass has found.
type ProviderCheckResult struct {
	// Troubled are the providers that people are asked about.
	Troubled []string `json:"troubled"`
}

// ProviderCheck is one pass over the latest attempts of all providers. It starts a watch over each one that is in
// trouble, unless it runs. The pass itself ends, so it could not stay on the needs-attention list.
func ProviderCheck(ctx workflow.Context, in ProviderCheckInput) (ProviderCheckResult, error) {
	found := ProviderCheckResult{Troubled: []string{}}
	troubles, err := step(ctx, "Read the latest attempts of providers", activities.ListProviderTroubles, workflow.Now(ctx))
	if err != nil {
		return found, err
	}
	for _, each := range troubles {
		if !each.NeedsPerson(in.After.Std()) || slices.Contains(found.Troubled, each.Provider) {
			continue
		}
		found.Troubled = append(found.Troubled, each.Provider)
		watched := ProviderTroubleInput{Provider: each.Provider, After: in.After, Every: in.Every}
		if err := startWatch(ctx, names.Provider(each.Provider), "Watches over a view provider whose answers are no good", ProviderTrouble, watched); err != nil {
			return found, err
		}
	}
	return found, nil
}
