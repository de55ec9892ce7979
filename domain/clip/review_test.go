package clip

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
)

func TestCodes(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		decision Decision
		code     Code
		want     string
	}{
		{Approve, "", ""},
		{Approve, OffBrief, "unknown_code"},
		{Reject, OffBrief, ""},
		{Reject, "", "code_missing"},
		{Reject, "too long for me", "unknown_code"},
		{Reject, DecidedInError, "unknown_code"},
		{Flag, SuspiciousViews, ""},
		{Remove, Other, ""},
		{Restore, DecidedInError, ""},
		{Restore, OffBrief, "unknown_code"},
	} {
		t.Run(string(tc.decision)+" because of "+string(tc.code), func(t *testing.T) {
			t.Parallel()

			require.Equal(t, tc.want, fault.CodeOf(tc.decision.CheckCode(tc.code)))
		})
	}

	t.Run("the code other needs a note, and no note is too long", func(t *testing.T) {
		t.Parallel()

		require.NoError(t, CheckNote(OffBrief, ""))
		require.NoError(t, CheckNote(Other, "The music is missing."))
		require.Equal(t, "note_missing", fault.CodeOf(CheckNote(Other, " ")))
		require.Equal(t, "note_too_long", fault.CodeOf(CheckNote(OffBrief, strings.Repeat("a", NoteMax+1))))
	})
}

func TestSignals(t *testing.T) {
	t.Parallel()

	require.Empty(t, Doubts{}.Signals(), "a clean clip")
	require.Equal(t, []Signal{SignalFlagged, SignalPostMissing, SignalReadingInDoubt}, Doubts{StatusReason: Flagged, WaitingFor: "not_found", ReadingInDoubt: true}.Signals())
	require.Equal(t, []Signal{SignalPostMissing}, Doubts{WaitingFor: WaitingUnreadable}.Signals())
	require.Empty(t, Doubts{WaitingFor: WaitingForQuota}.Signals(), "that is not about the post")
	require.Empty(t, Doubts{WaitingFor: WaitingForProof}.Signals(), "a clip that waits for the proof of its channel")
}

func TestCheckAppeal(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	rejected := Appealed{Status: Rejected, StatusReason: string(OffBrief), By: ByPerson, DecidedAt: now.Add(-time.Hour)}
	for name, tc := range map[string]struct {
		change    func(*Appealed)
		statement string
		want      string
	}{
		"a rejection":                        {func(*Appealed) {}, "It is on brief.", ""},
		"a removal":                          {func(a *Appealed) { a.Status = Removed }, "It is on brief.", ""},
		"a rejection at the end of its time": {func(a *Appealed) { a.DecidedAt = now.Add(-AppealWindow) }, "It is on brief.", ""},
		"one that is too old":                {func(a *Appealed) { a.DecidedAt = now.Add(-AppealWindow - 1) }, "It is on brief.", "appeal_too_late"},
		"a clip that earns":                  {func(a *Appealed) { a.Status = Tracking }, "It is on brief.", "clip_not_ended"},
		"a post that vanished":               {func(a *Appealed) { a.Status, a.By = Removed, "" }, "It is there.", "not_decided_by_person"},
		"a rejection, without a word":        {func(*Appealed) {}, " ", "statement_missing"},
		"a rejection, with a novel":          {func(*Appealed) {}, strings.Repeat("a", NoteMax+1), "note_too_long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			appealed := rejected
			tc.change(&appealed)

			require.Equal(t, tc.want, fault.CodeOf(CheckAppeal(appealed, tc.statement, now)))
		})
	}

	t.Run("is decided once, by another person than the reviewer and the creator", func(t *testing.T) {
		t.Parallel()

		for _, tc := range []struct {
			status  AppealStatus
			by      string
			outcome AppealStatus
			decider string
			want    string
		}{
			{AppealOpen, "", AppealUpheld, "cleo", ""},
			{AppealOpen, "", AppealOverturned, "Ann", "same_person"},
			{AppealOpen, "", AppealUpheld, "bob", "same_person"},
			{AppealUpheld, "cleo", AppealUpheld, "Cleo", "repeated"},
			{AppealOverturned, "cleo", AppealOverturned, "cleo", "repeated"},
			{AppealUpheld, "cleo", AppealOverturned, "cleo", "appeal_decided"},
			{AppealUpheld, "cleo", AppealUpheld, "dora", "appeal_decided"},
			{AppealUpheld, "cleo", AppealUpheld, "ann", "appeal_decided"},
		} {
			repeated, err := AppealState{Status: tc.status, AppealedBy: "ann", FiledBy: "bob", DecidedBy: tc.by}.CheckDecision(tc.outcome, tc.decider)

			require.Equal(t, tc.want == "repeated", repeated, tc)
			if !repeated {
				require.Equal(t, tc.want, fault.CodeOf(err), tc)
			}
		}
	})
}
