package payout_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

const (
	unknown = payout.AttemptUnknown
	applied = payout.AttemptApplied
	refused = payout.AttemptRefused
	undone  = payout.AttemptUndone
)

var allPhases = []payout.Phase{payout.Transfer, payout.BankPayout, payout.Reversal}

// on is a payout in a status whose phases have one attempt each, empty for none.
func on(status payout.Status, transfer, bank, reversal payout.AttemptStatus) payout.Record {
	record := payout.Record{Status: status}
	for i, attempt := range []payout.AttemptStatus{transfer, bank, reversal} {
		if attempt != "" {
			record.Attempts = append(record.Attempts, payout.Attempt{Phase: allPhases[i], Generation: 1, Status: attempt, ExternalID: "object_1"})
		}
	}
	return record
}

func TestEveryStatusAndEvent(t *testing.T) {
	t.Parallel()
	type result map[payout.Status]string // the next status or the code of the refusal
	const wrong, ended, other = "illegal_payout_transition", "payout_ended", "attempt_mismatch"
	// The attempts under which each event would be possible in the right status.
	cases := []struct {
		name     string
		event    payout.Event
		attempts payout.Attempts
		want     result
		// rest is the result in every other status that is open; an ended payout refuses.
		rest       string
		whereEnded string
	}{
		{"a transfer begins", payout.Event{Kind: payout.EventBegun, Phase: payout.Transfer}, nil, nil, "transferring", ended},
		{"a transfer is accepted", outcome(payout.EventAccepted, payout.Transfer), on("", unknown, "", "").Attempts, result{
			payout.Transferring: "transferred", payout.NeedsAttention: "transferred",
		}, wrong, ended},
		{"a transfer is refused", outcome(payout.EventRefused, payout.Transfer), on("", unknown, "", "").Attempts, result{
			payout.Transferring: "transferring", payout.NeedsAttention: "needs_attention",
		}, wrong, ended},
		{"a transfer is said to arrive", outcome(payout.EventArrived, payout.Transfer), on("", applied, "", "").Attempts, nil, wrong, ended},
		{"a transfer comes back without a reversal", outcome(payout.EventUndone, payout.Transfer), on("", applied, "", "").Attempts, nil, wrong, ended},

		{"a bank payout begins", payout.Event{Kind: payout.EventBegun, Phase: payout.BankPayout}, on("", applied, "", "").Attempts, nil, "paying_out", ended},
		{"a bank payout begins before the transfer", payout.Event{Kind: payout.EventBegun, Phase: payout.BankPayout}, on("", unknown, "", "").Attempts, nil, "transfer_not_applied", ended},
		{"a bank payout begins during a reversal", payout.Event{Kind: payout.EventBegun, Phase: payout.BankPayout}, on("", applied, "", unknown).Attempts, nil, "reversal_alive", ended},
		{"a bank payout is accepted", outcome(payout.EventAccepted, payout.BankPayout), on("", applied, unknown, "").Attempts, result{
			payout.PayingOut: "paying_out", payout.NeedsAttention: "paying_out",
		}, wrong, ended},
		{"a bank payout is refused", outcome(payout.EventRefused, payout.BankPayout), on("", applied, unknown, "").Attempts, result{
			payout.PayingOut: "paying_out", payout.NeedsAttention: "needs_attention",
		}, wrong, ended},
		{"a bank payout is paid", outcome(payout.EventArrived, payout.BankPayout), on("", applied, applied, "").Attempts, result{
			payout.PayingOut: "paid", payout.Paid: "paid", payout.NeedsAttention: "paid",
		}, wrong, ended},
		{"a bank payout fails", outcome(payout.EventUndone, payout.BankPayout), on("", applied, applied, "").Attempts, result{
			payout.PayingOut: "transferred", payout.Paid: "transferred", payout.NeedsAttention: "transferred",
		}, wrong, ended},

		{"a reversal begins", payout.Event{Kind: payout.EventBegun, Phase: payout.Reversal}, on("", applied, undone, "").Attempts, nil, "reversing", ended},
		{"a reversal begins during a bank payout", payout.Event{Kind: payout.EventBegun, Phase: payout.Reversal}, on("", applied, applied, "").Attempts, nil, "bank_payout_alive", ended},
		{"a reversal is accepted", outcome(payout.EventAccepted, payout.Reversal), on("", applied, "", unknown).Attempts, result{
			payout.Reversing: "reversing", payout.NeedsAttention: "reversing",
		}, wrong, ended},
		{"a reversal is refused", outcome(payout.EventRefused, payout.Reversal), on("", applied, "", unknown).Attempts, result{
			payout.Reversing: "reversing", payout.NeedsAttention: "needs_attention",
		}, wrong, ended},
		{"a reversal is said to arrive", outcome(payout.EventArrived, payout.Reversal), on("", applied, "", unknown).Attempts, nil, other, other},
		{"a reversal is said to come back", outcome(payout.EventUndone, payout.Reversal), on("", applied, "", unknown).Attempts, nil, other, other},

		{"the payout is parked", payout.Event{Kind: payout.EventParked}, nil, nil, "needs_attention", ended},
		{"the payout resumes", payout.Event{Kind: payout.EventResumed, Status: payout.Transferred}, on("", applied, "", "").Attempts, nil, "transferred", ended},
		{"the workflow is lost", payout.Event{Kind: payout.EventLost}, nil, result{
			payout.Paid: "paid", payout.Cancelled: "cancelled", payout.Returned: "returned", payout.Settled: "settled",
		}, "needs_attention", ""},
		{"the payout is cancelled", payout.Event{Kind: payout.EventCancelled}, on("", undone, "", undone).Attempts, result{payout.Cancelled: "cancelled"}, "cancelled", ended},
		{"the payout is returned", payout.Event{Kind: payout.EventReturned}, on("", undone, "", undone).Attempts, result{payout.Returned: "returned"}, "returned", ended},
		{"the payout is cancelled with its money away", payout.Event{Kind: payout.EventCancelled}, on("", applied, "", "").Attempts, result{payout.Cancelled: "cancelled"}, "money_not_back", ended},
		{"the payout is returned with its transfer unclear", payout.Event{Kind: payout.EventReturned}, on("", unknown, "", "").Attempts, result{payout.Returned: "returned"}, "money_not_back", ended},

		{"the payout is settled outside before its transfer", payout.PaidToCreator.Event(), nil, result{payout.Paid: "payout_paid"}, "settled", ended},
		{"the payout is settled outside with its bank payout alive", payout.PaidToCreator.Event(), on("", applied, applied, "").Attempts, result{payout.Paid: "payout_paid"}, "settled", ended},
		{"the payout is settled outside with its transfer unclear", payout.PaidToCreator.Event(), on("", unknown, "", "").Attempts, result{payout.Paid: "payout_paid", payout.NeedsAttention: "settled"}, "call_in_flight", ended},
		{"the payout is said to be lost with its bank payout alive", payout.Lost.Event(), on("", applied, applied, "").Attempts, result{payout.NeedsAttention: "returned"}, "bank_payout_alive", ended},
		{"the payout is lost on the connected account", payout.Lost.Event(), on("", applied, undone, "").Attempts, result{payout.Paid: "payout_paid"}, "returned", ended},
		{"the payout is said to be lost before its transfer", payout.Lost.Event(), nil, nil, "transfer_not_applied", ended},
		{"the payout is said to be lost with its transfer unclear", payout.Lost.Event(), on("", unknown, "", "").Attempts, nil, "transfer_not_applied", ended},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, status := range payout.Statuses() {
				want, named := tc.want[status]
				switch {
				case !named && status.Ended():
					want = tc.whereEnded
				case !named:
					want = tc.rest
				}

				change, err := payout.TwoPhase.Next(payout.Record{Status: status, Attempts: tc.attempts}, tc.event)
				if err != nil {
					require.Equal(t, want, fault.CodeOf(err), status)
					require.True(t, fault.Is(err, fault.Conflict), status)
					require.Equal(t, payout.Change{Status: status}, change, "a refusal changes nothing")
					continue
				}
				require.Equal(t, want, string(change.Status), status)
			}
		})
	}
}

func outcome(kind payout.EventKind, phase payout.Phase) payout.Event {
	return payout.Event{Kind: kind, Phase: phase, Generation: 1, ExternalID: "object_1"}
}

func TestNextAttempt(t *testing.T) {
	t.Parallel()
	begin := payout.Event{Kind: payout.EventBegun, Phase: payout.Transfer}

	for _, alive := range []payout.AttemptStatus{unknown, applied} {
		t.Run("is not begun while one is "+string(alive), func(t *testing.T) {
			t.Parallel()
			for _, status := range payout.Statuses() {
				change, err := payout.TwoPhase.Next(on(status, alive, "", ""), begin)

				require.NoError(t, err)
				require.Equal(t, payout.Change{Status: status}, change)
			}
		})
	}

	for _, over := range []payout.AttemptStatus{refused, undone} {
		t.Run("is the next generation when the last one is "+string(over), func(t *testing.T) {
			t.Parallel()

			change, err := payout.TwoPhase.Next(on(payout.NeedsAttention, over, "", ""), begin)

			require.NoError(t, err)
			require.Equal(t, payout.Change{
				Status: payout.Transferring, Attempts: payout.Attempts{{Phase: payout.Transfer, Generation: 2, Status: unknown}},
			}, change)
		})
	}

	t.Run("is refused for a phase that the rail does not have", func(t *testing.T) {
		t.Parallel()
		_, err := onePhase.Next(payout.Record{Status: payout.Reserved}, payout.Event{Kind: payout.EventBegun, Phase: payout.BankPayout})

		require.Error(t, err)
	})
}

func TestOutcome(t *testing.T) {
	t.Parallel()

	t.Run("changes nothing when it was on record before, whatever happened since", func(t *testing.T) {
		t.Parallel()
		for event, record := range map[payout.Event]payout.Record{
			outcome(payout.EventAccepted, payout.Transfer):   on(payout.Paid, applied, applied, ""),
			outcome(payout.EventAccepted, payout.BankPayout): on(payout.Returned, undone, undone, undone),
			outcome(payout.EventArrived, payout.BankPayout):  on(payout.Transferred, applied, undone, ""),
			outcome(payout.EventUndone, payout.BankPayout):   on(payout.Transferred, applied, undone, ""),
			outcome(payout.EventAccepted, payout.Reversal):   on(payout.Cancelled, undone, "", undone),
			outcome(payout.EventRefused, payout.Transfer):    on(payout.Cancelled, refused, "", ""),
		} {
			change, err := payout.TwoPhase.Next(record, event)

			require.NoError(t, err, event)
			require.Equal(t, payout.Change{Status: record.Status}, change)
		}
	})

	t.Run("of a reversal ends the transfer too", func(t *testing.T) {
		t.Parallel()

		change, err := payout.TwoPhase.Next(on(payout.Reversing, applied, "", unknown), outcome(payout.EventAccepted, payout.Reversal))

		require.NoError(t, err)
		require.Equal(t, undone, change.Attempts.Last(payout.Reversal).Status)
		require.Equal(t, undone, change.Attempts.Last(payout.Transfer).Status)
	})

	for name, event := range map[string]payout.Event{
		"of another object":            {Kind: payout.EventAccepted, Phase: payout.Transfer, Generation: 1, ExternalID: "object_2"},
		"of a generation never begun":  {Kind: payout.EventAccepted, Phase: payout.Transfer, Generation: 2, ExternalID: "object_1"},
		"of an object that is refused": {Kind: payout.EventRefused, Phase: payout.BankPayout, Generation: 1},
	} {
		t.Run(name+" is a mismatch", func(t *testing.T) {
			t.Parallel()

			_, err := payout.TwoPhase.Next(on(payout.PayingOut, unknown, applied, ""), event)

			require.Equal(t, "attempt_mismatch", fault.CodeOf(err))
		})
	}
}

func TestResume(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		record      payout.Record
		named, want payout.Status
	}{
		{"returns to the status that the workflow names", on(payout.NeedsAttention, refused, "", ""), payout.Transferring, payout.Transferring},
		{"returns to reserved when nothing was sent", on(payout.NeedsAttention, "", "", ""), payout.Reserved, payout.Reserved},
		{"returns to reversing when the money is back", on(payout.NeedsAttention, undone, "", undone), payout.Reversing, payout.Reversing},
		{"keeps a paid payout paid when a reset workflow names an earlier status", on(payout.Paid, applied, applied, ""), payout.Reserved, payout.Paid},
		{"follows the attempts when a reset workflow names an earlier status", on(payout.NeedsAttention, applied, unknown, ""), payout.Reserved, payout.PayingOut},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()

			change, err := payout.TwoPhase.Next(tc.record, payout.Event{Kind: payout.EventResumed, Status: tc.named})

			require.NoError(t, err)
			require.Equal(t, tc.want, change.Status)
		})
	}
}

// onePhase is a rail that sends money straight to its destination and takes nothing back.
var onePhase = payout.Phases{
	{Phase: payout.Transfer, Working: payout.Transferring, Accepted: payout.PayingOut, Arrived: payout.Paid, Undone: payout.Reserved},
}

func TestAnotherRail(t *testing.T) {
	t.Parallel()
	record := payout.Record{Status: payout.Reserved}
	for _, step := range []struct {
		kind payout.EventKind
		want payout.Status
	}{
		{payout.EventBegun, payout.Transferring},
		{payout.EventAccepted, payout.PayingOut},
		{payout.EventParked, payout.NeedsAttention},
		{payout.EventResumed, payout.PayingOut},
		{payout.EventArrived, payout.Paid},
		{payout.EventUndone, payout.Reserved},
		{payout.EventCancelled, payout.Cancelled},
	} {
		change, err := onePhase.Next(record, outcome(step.kind, payout.Transfer))
		require.NoError(t, err, step.kind)
		require.Equal(t, step.want, change.Status, step.kind)
		record = apply(record, change)
	}
}
