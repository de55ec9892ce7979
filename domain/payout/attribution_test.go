package payout_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/payout"
)

func TestAttribute(t *testing.T) {
	t.Parallel()

	t.Run("a payout has what was released since the one before", func(t *testing.T) {
		t.Parallel()

		got := payout.Attribute([]payout.Movement{
			{Seq: 10, PayoutID: "first", Campaigns: []string{"a"}},
			{Seq: 20, PayoutID: "second", Campaigns: []string{"a", "b"}},
		})

		require.Equal(t, []payout.Span{{AfterSeq: 0, UpToSeq: 10}}, got.Taken("first", "a"))
		require.Equal(t, []payout.Span{{AfterSeq: 10, UpToSeq: 20}}, got.Taken("second", "a"))
		require.Equal(t, []payout.Span{{AfterSeq: 0, UpToSeq: 20}}, got.Taken("second", "b"))
		require.Empty(t, got.Taken("first", "b"))
		require.Equal(t, []payout.Span{{AfterSeq: 20, UpToSeq: 25}}, got.Open("a", 25))
	})

	t.Run("what a cancelled payout had is taken by the next reservation", func(t *testing.T) {
		t.Parallel()

		got := payout.Attribute([]payout.Movement{
			{Seq: 10, PayoutID: "first", Campaigns: []string{"a"}},
			{Seq: 20, PayoutID: "second", Campaigns: []string{"a"}},
			{Seq: 25, PayoutID: "first", GivesBack: true},
			{Seq: 30, PayoutID: "third", Campaigns: []string{"a"}},
		})

		require.Equal(t, []payout.Span{{AfterSeq: 0, UpToSeq: 10}}, got.Taken("first", "a"))
		require.Equal(t, []payout.Span{{AfterSeq: 0, UpToSeq: 10}, {AfterSeq: 20, UpToSeq: 30}}, got.Taken("third", "a"))
		require.Empty(t, got.Open("a", 30))
	})

	t.Run("a campaign without a line keeps what it has", func(t *testing.T) {
		t.Parallel()

		got := payout.Attribute([]payout.Movement{
			{Seq: 10, PayoutID: "first", Campaigns: []string{"a"}},
			{Seq: 20, PayoutID: "second", Campaigns: []string{"b"}},
			{Seq: 30, PayoutID: "third", Campaigns: []string{"a"}},
		})

		require.Equal(t, []payout.Span{{AfterSeq: 10, UpToSeq: 30}}, got.Taken("third", "a"))
	})

	t.Run("a payout gives back once", func(t *testing.T) {
		t.Parallel()

		got := payout.Attribute([]payout.Movement{
			{Seq: 10, PayoutID: "first", Campaigns: []string{"a"}},
			{Seq: 11, PayoutID: "first", GivesBack: true},
			{Seq: 20, PayoutID: "second", Campaigns: []string{"a"}},
			{Seq: 21, PayoutID: "first", GivesBack: true},
			{Seq: 22, PayoutID: "unknown", GivesBack: true},
		})

		require.Equal(t, []payout.Span{{AfterSeq: 0, UpToSeq: 20}}, got.Taken("second", "a"))
		require.Equal(t, []payout.Span{{AfterSeq: 20, UpToSeq: 22}}, got.Open("a", 22))
	})
}

// releasedItem is a piece of released earnings, or of what was taken back of them.
type releasedItem struct {
	seq         int64
	campaignID  string
	amountMinor int64
}

// payoutsByHand keeps for every payout the very items it took: what a reservation means,
// without a thought for the order of the journal.
type payoutsByHand struct {
	seq       int64
	items     []releasedItem
	open      map[string][]releasedItem
	held      map[string]map[string][]releasedItem
	lines     map[string]map[string]int64
	active    []string
	movements []payout.Movement
}

func (m *payoutsByHand) payable(campaignID string) int64 {
	sumMinor := int64(0)
	for _, item := range m.open[campaignID] {
		sumMinor += item.amountMinor
	}
	return sumMinor
}

func (m *payoutsByHand) add(campaignID string, amountMinor int64) {
	item := releasedItem{m.seq, campaignID, amountMinor}
	m.items, m.open[campaignID] = append(m.items, item), append(m.open[campaignID], item)
}

func (m *payoutsByHand) reserve(campaigns []string) {
	id := fmt.Sprint("payout-", len(m.lines))
	lines, held := map[string]int64{}, map[string][]releasedItem{}
	movement := payout.Movement{Seq: m.seq, PayoutID: id}
	for _, campaignID := range campaigns {
		if amountMinor := m.payable(campaignID); amountMinor > 0 {
			lines[campaignID], held[campaignID], m.open[campaignID] = amountMinor, m.open[campaignID], nil
			movement.Campaigns = append(movement.Campaigns, campaignID)
		}
	}
	if len(lines) > 0 {
		m.lines[id], m.held[id], m.active = lines, held, append(m.active, id)
		m.movements = append(m.movements, movement)
	}
}

func (m *payoutsByHand) cancel(place int) {
	id := m.active[place]
	m.active = slices.Delete(m.active, place, place+1)
	for campaignID, items := range m.held[id] {
		m.open[campaignID] = append(m.open[campaignID], items...)
	}
	m.movements = append(m.movements, payout.Movement{Seq: m.seq, PayoutID: id, GivesBack: true})
}

func within(items []releasedItem, campaignID string, spans []payout.Span) []releasedItem {
	var found []releasedItem
	for _, item := range items {
		if item.campaignID == campaignID && slices.ContainsFunc(spans, func(s payout.Span) bool { return item.seq > s.AfterSeq && item.seq <= s.UpToSeq }) {
			found = append(found, item)
		}
	}
	return found
}

func TestAttributionAddsUp(t *testing.T) {
	t.Parallel()
	campaigns := []string{"a", "b", "c"}

	rapid.Check(t, func(t *rapid.T) {
		model := &payoutsByHand{open: map[string][]releasedItem{}, held: map[string]map[string][]releasedItem{}, lines: map[string]map[string]int64{}}
		for range rapid.IntRange(10, 60).Draw(t, "events") {
			model.seq += rapid.Int64Range(1, 3).Draw(t, "gap")
			switch rapid.SampledFrom([]string{"release", "release", "deduct", "reserve", "cancel"}).Draw(t, "event") {
			case "release": // one entry may release earnings of several campaigns
				for _, campaignID := range campaigns[:rapid.IntRange(1, 3).Draw(t, "campaigns")] {
					model.add(campaignID, rapid.Int64Range(1, 1000).Draw(t, "released"))
				}
			case "deduct":
				campaignID := rapid.SampledFrom(campaigns).Draw(t, "campaign")
				if payableMinor := model.payable(campaignID); payableMinor > 0 {
					model.add(campaignID, -rapid.Int64Range(1, payableMinor).Draw(t, "deducted"))
				}
			case "reserve":
				model.reserve(campaigns)
			case "cancel":
				if len(model.active) > 0 {
					model.cancel(rapid.IntRange(0, len(model.active)-1).Draw(t, "payout"))
				}
			}
		}
		// The order of what is handed in says nothing: the entries do.
		slices.Reverse(model.movements)

		got := payout.Attribute(model.movements)

		holders := map[releasedItem]int{}
		for id, lines := range model.lines {
			for campaignID, lineMinor := range lines {
				items := within(model.items, campaignID, got.Taken(id, campaignID))
				require.ElementsMatch(t, model.held[id][campaignID], items)
				sumMinor := int64(0)
				for _, item := range items {
					sumMinor += item.amountMinor
					if slices.Contains(model.active, id) {
						holders[item]++
					}
				}
				require.Equal(t, lineMinor, sumMinor, "the items of a line sum to it")
			}
		}
		for _, campaignID := range campaigns {
			open := within(model.items, campaignID, got.Open(campaignID, model.seq))
			require.ElementsMatch(t, model.open[campaignID], open)
			for _, item := range open {
				holders[item]++
			}
		}
		for _, item := range model.items {
			require.Equal(t, 1, holders[item], "each item is in one active payout, or open")
		}
	})
}
