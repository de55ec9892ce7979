package demo

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

func TestPlainNarrator(t *testing.T) {
	t.Parallel()

	t.Run("writes whole lines without any control characters", func(t *testing.T) {
		t.Parallel()
		var out strings.Builder
		narrator := NewPlain(&out)

		narrator.Phase("Tracking views", time.Second)
		narrator.Event("a clip was deleted")
		narrator.Count(Counts{Views: 12, Credited: map[string]int64{"USD": 150, "EUR": 20}})
		narrator.Close()

		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		require.Len(t, lines, 3)
		require.Contains(t, lines[0], "== Tracking views")
		require.Contains(t, lines[2], "12 views, 0 accruals, credited 0.20 EUR, 1.50 USD, paid nothing yet")
		require.NotContains(t, out.String(), "\x1b")
	})

	t.Run("repeats numbers at most at its interval", func(t *testing.T) {
		t.Parallel()
		var out strings.Builder
		narrator := NewPlain(&out)

		for views := range int64(50) {
			narrator.Count(Counts{Views: views})
		}

		require.Equal(t, 1, strings.Count(out.String(), "\n"))
	})
}

func TestScreen(t *testing.T) {
	t.Parallel()

	t.Run("shows phases, numbers and the latest events that fit", func(t *testing.T) {
		t.Parallel()
		s := &screen{started: time.Now(), interrupt: func() {}}

		s.Update(tea.WindowSizeMsg{Width: 60, Height: 16})
		s.Update(phaseMsg{"Starting", time.Second})
		s.Update(phaseMsg{"Tracking", time.Second})
		for range 20 {
			s.Update(eventMsg("old"))
		}
		s.Update(eventMsg("the newest of all events, in a line that is longer than the terminal is wide"))
		s.Update(Counts{Views: 77})
		content := s.View().Content

		require.Contains(t, content, "✓")
		require.Contains(t, content, "77")
		require.Contains(t, content, "the newest")
		require.NotContains(t, content, "than the terminal is wide")
		require.LessOrEqual(t, strings.Count(content, "\n"), 16)
	})

	t.Run("interrupts once on Ctrl-C", func(t *testing.T) {
		t.Parallel()
		interrupts := 0
		s := &screen{started: time.Now(), interrupt: func() { interrupts++ }}

		s.Update(tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl})
		s.Update(tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl})

		require.Equal(t, 1, interrupts)
		require.Contains(t, s.View().Content, "stopping everything")
	})
}

func TestOutcome(t *testing.T) {
	t.Parallel()

	t.Run("writes the JSON keys in the order of the contract", func(t *testing.T) {
		t.Parallel()
		verdicts, counted := judge(validEvidence())
		summary := summarize(validEvidence(), counted)
		summary.addRest(nil, verdicts, nil)

		line, err := json.Marshal(summary)
		require.NoError(t, err)

		agreed := []string{
			"campaigns", "clips", "observations", "accruals", "credited_minor", "paid_minor", "payouts", "trial_balance",
			"budget_exceeded", "double_payments", "unreconciled", "stuck_workflows", "seconds",
		}
		var places []int
		for _, key := range agreed {
			places = append(places, strings.Index(string(line), `"`+key+`":`))
		}
		require.NotContains(t, places, -1)
		require.True(t, slices.IsSorted(places))
		require.Contains(t, string(line), `"payouts":{"paid":2,"needs_attention":1,"failed":0}`)
		require.Contains(t, string(line), `"conversions":1`)
	})

	t.Run("prints for each promise whether it holds, and what broke it", func(t *testing.T) {
		t.Parallel()
		e := validEvidence()
		e.books.trialBalance["USD"] = 4
		verdicts, _ := judge(e)
		var out strings.Builder

		(&Outcome{Verdicts: verdicts, Conversions: []conversionRow{{"cleo", e.books.conversions[0]}}}).Print(&out)

		require.Regexp(t, `cleo +│ 5\.00 USD │ 0\.92 │ 4\.60 EUR +│ 0\.05 EUR │ 4\.55 EUR`, out.String())
		require.Contains(t, out.String(), "P1  BROKEN")
		require.Contains(t, out.String(), "USD is off by 4")
		require.Contains(t, out.String(), "P2  OK")
		require.Contains(t, out.String(), "P10 OK")
		require.Contains(t, out.String(), "creditroll demo --keep")
	})
}

func TestFromJournal(t *testing.T) {
	t.Parallel()

	objects := fromJournal([]faults.Entry{
		{Kind: "transfer.applied", ObjectID: "tr_1", AmountMinor: 5, Currency: "usd", Metadata: map[string]string{"payout_id": "p1"}},
		{Kind: "payout.applied", ObjectID: "po_1", Currency: "usd"},
		{Kind: "payout.paid", ObjectID: "po_1"},
		{Kind: "payout.failed", ObjectID: "po_1"},
		{Kind: "webhook.delivered", ObjectID: "evt_1"},
	})

	require.Equal(t, []stripeObject{
		{kind: kindTransfer, id: "tr_1", payoutID: "p1", amountMinor: 5, currency: "USD"},
		{kind: kindPayout, id: "po_1", currency: "USD", status: "failed"},
	}, objects)
}

func TestReadMemory(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("only Linux reports memory")
	}

	used := readMemory(os.Getpid())

	require.Positive(t, used.residentBytes)
	require.GreaterOrEqual(t, used.peakBytes, used.residentBytes)
	require.Zero(t, readMemory(-1))
}
