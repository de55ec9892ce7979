package workflows

import (
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
)

// SolvencyGapInput starts or continues the watch over a gap in what is owed.
type SolvencyGapInput struct {
	// After is how long something has to be missing before people are asked. A transfer that is not
	// booked yet looks like a gap for a moment.
	After duration.Text `json:"after"`
	// Missing says since when something is missing in a currency, in the order of currencies.
	Missing []missingSince `json:"missing,omitempty"`
	// Waits counts the waits so far.
	Waits int `json:"waits,omitempty"`
}

type missingSince struct {
	Currency money.Currency `json:"currency"`
	Since    time.Time      `json:"since"`
}

// SolvencyGap shows that the platform's balance at Stripe does not cover what is owed, while that
// lasts. A comparison with Stripe starts it. It reads the books only, where each comparison stores the balance. It ends
// when nothing is missing.
func SolvencyGap(root workflow.Context, in SolvencyGapInput) error {
	ctx, _ := workflow.NewDisconnectedContext(root)
	again := watch(ctx, waitFor(root), func() (sight, error) {
		gaps, err := do(ctx, ledgerCall, "Compare what is owed with the balance", activities.ListGaps, activities.None{})
		if err != nil || len(gaps) == 0 {
			return sight{}, err
		}
		now := workflow.Now(ctx)
		in.Missing = stillMissing(in.Missing, gaps, now)
		in.Waits++
		return sight{lasts: true, attention: in.attention(gaps, now), wait: in.wait(now), until: "Until what is owed is compared with the balance again"}, nil
	})
	if again {
		return workflow.NewContinueAsNewError(root, SolvencyGap, in)
	}
	return nil
}

// stillMissing keeps the moment since when something is missing, for the currencies of the gaps.
func stillMissing(known []missingSince, gaps []activities.Gap, now time.Time) []missingSince {
	missing := make([]missingSince, len(gaps))
	for i, gap := range gaps {
		missing[i] = missingSince{gap.Currency, now}
		at := slices.IndexFunc(known, func(each missingSince) bool { return each.Currency == gap.Currency })
		if at >= 0 {
			missing[i].Since = known[at].Since
		}
	}
	return missing
}

// attention is what to show of the gaps that have lasted, or nil if none has. Missing is in the order of the gaps.
func (in SolvencyGapInput) attention(gaps []activities.Gap, now time.Time) *attention {
	var lines []string
	for i, gap := range gaps {
		if now.Sub(in.Missing[i].Since) < in.After.Std() {
			continue
		}
		amount := func(minor int64) string { return money.Amount{Minor: minor, Currency: gap.Currency}.String() }
		lines = append(lines, "- "+amount(gap.GapMinor)+" are missing: the platform owes "+amount(gap.OwedMinor)+" and has "+amount(gap.HeldMinor)+".")
	}
	if len(lines) == 0 {
		return nil
	}
	return &attention{
		Reason: "balance_not_covered",
		Detail: "The platform's balance at Stripe does not cover what it owes:\n\n" + strings.Join(lines, "\n") + "\n\nNo campaign in these currencies goes live, no brand is refunded, and payouts go on within the balance. Find out why, and top the balance up. This entry goes away by itself once a comparison with Stripe has read the new balance.",
	}
}

// wait returns the time until the next look. It grows, and ends when a gap has lasted long enough.
func (in SolvencyGapInput) wait(now time.Time) time.Duration {
	wait := min(watchInterval<<min(in.Waits-1, 8), watchIntervalMax)
	for _, missing := range in.Missing {
		if left := missing.Since.Add(in.After.Std()).Sub(now); left > 0 {
			wait = min(wait, left)
		}
	}
	return wait
}

// watchGap starts the watch over a gap, unless it runs.
func watchGap(ctx workflow.Context, after duration.Text) error {
	return startWatch(ctx, names.Solvency, "Watches over money that is owed and missing at Stripe", SolvencyGap, SolvencyGapInput{After: after})
}
