package payout_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

// No sequence of events, repeated, late or about the wrong object, breaks these rules.
func TestLifecycleHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		record := payout.Record{Status: payout.Reserved}
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			event := anyEvent(t, record)

			change, err := payout.TwoPhase.Next(record, event)
			if err != nil {
				require.True(t, fault.Is(err, fault.Conflict), "%v: %v", event, err)
				require.Equal(t, payout.Change{Status: record.Status}, change, "a refusal changes nothing")
				continue
			}
			next := apply(record, change)
			if record.Status.Ended() {
				require.Equal(t, record, next, "nothing leaves %s", record.Status)
			}
			if event.Kind == payout.EventReturned {
				require.False(t, next.Attempts.Alive(payout.Transfer), "money is given back while a transfer may be away")
			}
			requireMoneyOnce(t, next.Attempts)
			requireAgreement(t, next)
			requireNextStep(t, next)
			record = next
		}
	})
}

// anyEvent is mostly one about the newest generation, or few sequences would get far.
func anyEvent(t *rapid.T, record payout.Record) payout.Event {
	kinds := append(payout.EventKinds(), payout.EventBegun, payout.EventBegun, payout.EventAccepted, payout.EventAccepted, payout.EventArrived, payout.EventUndone)
	phase := rapid.SampledFrom(allPhases).Draw(t, "phase")
	generation := record.Attempts.Last(phase).Generation + rapid.SampledFrom([]int{0, 0, 0, 0, -1, 1}).Draw(t, "generation")
	return payout.Event{
		Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Phase: phase, Generation: generation,
		ExternalID: fmt.Sprintf("%s_%d%s", phase, generation, rapid.SampledFrom([]string{"", "", "", "_foreign"}).Draw(t, "object")),
		Status:     rapid.SampledFrom(payout.Statuses()).Draw(t, "status"),
	}
}

func count(attempts payout.Attempts, phase payout.Phase, statuses ...payout.AttemptStatus) int {
	found := 0
	for _, attempt := range attempts {
		if attempt.Phase == phase && slices.Contains(statuses, attempt.Status) {
			found++
		}
	}
	return found
}

func requireMoneyOnce(t *rapid.T, attempts payout.Attempts) {
	for _, phase := range allPhases {
		require.LessOrEqual(t, count(attempts, phase, unknown, applied), 1, "two keys of a %s are alive", phase)
	}
	banking, reversing := count(attempts, payout.BankPayout, unknown, applied), count(attempts, payout.Reversal, unknown, applied)
	require.LessOrEqual(t, banking+reversing, 1, "a bank payout and a reversal are alive at once")
	require.GreaterOrEqual(t, count(attempts, payout.Transfer, applied), banking+reversing, "money moves on without an applied transfer")
}

// requireAgreement compares the status with the attempts.
func requireAgreement(t *rapid.T, record payout.Record) {
	transfer, bank, reversal := record.Attempts.Last(payout.Transfer).Status, record.Attempts.Last(payout.BankPayout).Status, record.Attempts.Last(payout.Reversal).Status
	anyUnknown := transfer == unknown || bank == unknown || reversal == unknown
	agrees := map[payout.Status]bool{
		payout.Reserved:       !transfer.Alive(),
		payout.Transferring:   transfer == unknown || transfer == refused,
		payout.Transferred:    transfer == applied && !bank.Alive() && !reversal.Alive(),
		payout.PayingOut:      transfer == applied && bank != "" && bank != undone && !reversal.Alive(),
		payout.Paid:           transfer == applied && bank == applied,
		payout.Reversing:      reversal == unknown || reversal == refused && transfer == applied && !bank.Alive() || reversal == undone && !transfer.Alive(),
		payout.NeedsAttention: true,
		payout.Cancelled:      !transfer.Alive() && !anyUnknown,
		// The transfer of one that was written off stays applied: its money is lost.
		payout.Returned: !bank.Alive() && !reversal.Alive() && !anyUnknown,
		payout.Settled:  !bank.Alive() && !reversal.Alive() && !anyUnknown,
	}
	require.True(t, agrees[record.Status], "%s with transfer %q, bank payout %q and reversal %q", record.Status, transfer, bank, reversal)
}

// requireNextStep holds that a payout which has not ended can go on, with money or by ending.
func requireNextStep(t *rapid.T, record payout.Record) {
	if record.Status.Ended() {
		return
	}
	events := []payout.Event{{Kind: payout.EventCancelled}}
	for _, phase := range allPhases {
		last := record.Attempts.Last(phase)
		for _, kind := range []payout.EventKind{payout.EventBegun, payout.EventAccepted, payout.EventUndone} {
			events = append(events, payout.Event{Kind: kind, Phase: phase, Generation: last.Generation, ExternalID: last.ExternalID})
		}
	}
	for _, event := range events {
		change, err := payout.TwoPhase.Next(record, event)
		if err == nil && (len(change.Attempts) > 0 || change.Status.Ended()) {
			return
		}
	}
	require.Fail(t, "no next step", "%v", record)
}

// apply puts a change on record.
func apply(record payout.Record, change payout.Change) payout.Record {
	next := payout.Record{Status: change.Status, Attempts: slices.Clone(record.Attempts)}
	for _, attempt := range change.Attempts {
		at := slices.IndexFunc(next.Attempts, func(a payout.Attempt) bool {
			return a.Phase == attempt.Phase && a.Generation == attempt.Generation
		})
		if at < 0 {
			next.Attempts = append(next.Attempts, attempt)
			continue
		}
		next.Attempts[at] = attempt
	}
	return next
}
