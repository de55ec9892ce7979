package campaigns_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

// approved adds an approved campaign of the organization of the world's campaign.
func approved(t *testing.T, w *world.World, budgetMinor int64) string {
	t.Helper()
	id, terms := uuid.NewString(), w.Terms
	terms.BudgetMinor = budgetMinor
	require.NoError(t, w.Campaigns.Create(t.Context(), campaign.NewCampaign{ID: id, OrganizationID: organizationOf(t, w), Name: "Autumn", Terms: terms}))
	require.NoError(t, live.Move(t.Context(), w.Books, campaign.Move{CampaignID: id, StartsAt: terms.StartsAt, Now: world.Now}, campaign.Submit, campaign.Approve))
	return id
}

func balanceOf(t *testing.T, w *world.World) int64 {
	t.Helper()
	return w.Balance(t, ledger.OrganizationBalance(organizationOf(t, w)))
}

func TestAllocationsNeverSpendTheSameMoney(t *testing.T) {
	t.Parallel()
	w := world.New(t, 0, nil)
	w.Deposit(t, organizationOf(t, w), 100_000)
	var campaigns []string
	for range 8 {
		campaigns = append(campaigns, approved(t, w, 30_000))
	}

	var funded, refused sync.Map
	var running sync.WaitGroup
	for _, id := range campaigns {
		for range 2 { // each is asked for twice
			running.Go(func() {
				if err := w.Campaigns.AllocateBudget(t.Context(), id, world.Now, ""); err != nil {
					refused.Store(id, fault.CodeOf(err))
					return
				}
				funded.Store(id, true)
			})
		}
	}
	running.Wait()

	count := 0
	funded.Range(func(any, any) bool { count++; return true })
	refused.Range(func(_, code any) bool { require.Equal(t, "balance_too_low", code); return true })
	require.Equal(t, 3, count)
	require.Equal(t, int64(10_000), balanceOf(t, w))
	w.RequireBooksInOrder(t)
}

func TestReturnBudget(t *testing.T) {
	t.Parallel()
	w := world.New(t, 0, nil)
	w.Deposit(t, organizationOf(t, w), 50_000)
	id := approved(t, w, 30_000)
	require.NoError(t, w.Campaigns.ReturnBudget(t.Context(), id, world.Now), "nothing is left of nothing")
	require.NoError(t, w.Campaigns.AllocateBudget(t.Context(), id, world.Now, ""))
	require.Equal(t, int64(20_000), balanceOf(t, w))

	for range 2 {
		require.NoError(t, w.Campaigns.ReturnBudget(t.Context(), id, world.Now))
		require.Equal(t, int64(50_000), balanceOf(t, w))
	}

	require.True(t, fault.Is(w.Campaigns.ReturnBudget(t.Context(), uuid.NewString(), world.Now), fault.NotFound))
	w.RequireBooksInOrder(t)
}

// A budget that is lowered while its clips earn is never exceeded.
func TestAmendWhileClipsEarn(t *testing.T) {
	t.Parallel()
	w := world.New(t, 4, func(terms *campaign.Terms) { terms.BudgetMinor = 10_000 })
	organizationID := organizationOf(t, w)
	w.Deposit(t, organizationID, 100_000)
	_, err := w.Campaigns.Amend(t.Context(), campaign.Amendment{CampaignID: w.CampaignID, ID: uuid.NewString(), Change: campaign.Change{BudgetMinor: 60_000}, Actor: "brand", Now: world.Now})
	require.NoError(t, err)

	var running sync.WaitGroup
	for i := range w.ClipIDs {
		running.Go(func() {
			for poll := 1; poll <= 20; poll++ {
				w.Read(t, i, poll, int64(poll)*2_000) // 10.00 each
			}
		})
	}
	running.Go(func() {
		for budgetMinor := int64(59_000); budgetMinor > 10_000; budgetMinor -= 1_000 {
			_, err := w.Campaigns.Amend(t.Context(), campaign.Amendment{CampaignID: w.CampaignID, ID: uuid.NewString(), Change: campaign.Change{BudgetMinor: budgetMinor}, Actor: "brand", Now: world.Now})
			if err != nil {
				require.Equal(t, "budget_below_earned", fault.CodeOf(err))
				return
			}
		}
	})
	running.Wait()

	facts := w.Facts(t)
	require.LessOrEqual(t, facts.SpentMinor, facts.FundedMinor-facts.RefundedMinor)
	require.Equal(t, int64(110_000), facts.FundedMinor-facts.RefundedMinor+balanceOf(t, w))
	w.RequireBooksInOrder(t)
}

func TestAmend(t *testing.T) {
	t.Parallel()

	t.Run("records each change once, with the values before it", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)
		w.Deposit(t, organizationOf(t, w), 50_000)
		later := w.Terms.EndsAt.Add(time.Hour)
		raise := campaign.Amendment{CampaignID: w.CampaignID, ID: uuid.NewString(), Change: campaign.Change{BudgetMinor: 120_000}, Actor: "ann", Reason: "it runs well", Now: world.Now}
		prolong := campaign.Amendment{CampaignID: w.CampaignID, ID: uuid.NewString(), Change: campaign.Change{EndsAt: later}, Actor: "bob", Now: world.Now}

		for range 2 {
			raised, err := w.Campaigns.Amend(t.Context(), raise)
			require.NoError(t, err)
			require.Equal(t, campaign.Amended{Number: 1, Change: campaign.Change{BudgetMinor: 120_000, EndsAt: w.Terms.EndsAt}}, raised)
		}
		prolonged, err := w.Campaigns.Amend(t.Context(), prolong)
		require.NoError(t, err)
		require.Equal(t, campaign.Amended{Number: 2, Change: campaign.Change{BudgetMinor: 120_000, EndsAt: later}}, prolonged)

		listed, err := w.Campaigns.ListAmendments(t.Context(), w.CampaignID, db.Page{Size: 10})
		require.NoError(t, err)
		require.Len(t, listed, 2)
		require.Equal(t, int64(100_000), listed[0].BudgetBeforeMinor)
		require.Equal(t, "it runs well", listed[0].Reason)
		require.Equal(t, w.Terms.EndsAt, listed[1].EndsBefore)
		next, err := w.Campaigns.ListAmendments(t.Context(), w.CampaignID, db.Page{Size: 10, After: "1"})
		require.NoError(t, err)
		require.Equal(t, listed[1:], next)
		read, err := w.Campaigns.Get(t.Context(), w.CampaignID)
		require.NoError(t, err)
		require.Equal(t, int64(120_000), read.Terms.BudgetMinor)
		require.Equal(t, later, read.Terms.EndsAt)
		require.Equal(t, int64(30_000), balanceOf(t, w))
		w.RequireBooksInOrder(t)
	})

	t.Run("needs a verified brand above the limit", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)
		w.Deposit(t, organizationOf(t, w), 50_000)

		_, err := w.Campaigns.Amend(t.Context(), campaign.Amendment{
			CampaignID: w.CampaignID, ID: uuid.NewString(), Change: campaign.Change{BudgetMinor: 100_001}, Actor: "ann", Now: world.Now, VerifyAbove: campaign.VerifyAbove{"USD": 100_000},
		})

		require.Equal(t, campaign.BrandNotVerified, fault.CodeOf(err))
		require.Equal(t, int64(50_000), balanceOf(t, w))
	})

	t.Run("is refused for another campaign's request, an unknown one, and one that has ended", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)
		w.Deposit(t, organizationOf(t, w), 50_000)
		other := world.In(t, w.URL, w.Books, 0, nil)
		first := campaign.Amendment{CampaignID: w.CampaignID, ID: uuid.NewString(), Change: campaign.Change{BudgetMinor: 100_100}, Actor: "ann", Now: world.Now}
		_, err := w.Campaigns.Amend(t.Context(), first)
		require.NoError(t, err)

		first.CampaignID = other.CampaignID
		_, err = w.Campaigns.Amend(t.Context(), first)
		require.Equal(t, "amendment_exists", fault.CodeOf(err))
		first.CampaignID = uuid.NewString()
		_, err = w.Campaigns.Amend(t.Context(), first)
		require.Equal(t, "campaign_not_found", fault.CodeOf(err))
		w.Move(t, campaign.Complete)
		_, err = w.Campaigns.Amend(t.Context(), campaign.Amendment{CampaignID: w.CampaignID, ID: uuid.NewString(), Change: campaign.Change{BudgetMinor: 100_200}, Actor: "ann", Now: world.Now})
		require.Equal(t, "not_amendable", fault.CodeOf(err))
		w.RequireBooksInOrder(t)
	})

	for name, planted := range map[string]string{
		"an allocation that the journal does not have": "UPDATE campaign_budgets SET allocated_minor = allocated_minor + 1, funded_minor = funded_minor",
		"a return that the journal does not have":      "UPDATE campaign_budgets SET returned_minor = returned_minor + 1, refunded_minor = refunded_minor + 1",
		"a budget without an amendment":                "UPDATE campaigns SET budget_minor = budget_minor + 1",
		"an end without an amendment":                  "UPDATE campaigns SET ends_at = ends_at + interval '1 day'",
		"an amendment that is gone":                    "DELETE FROM campaign_amendments",
	} {
		t.Run("verify finds "+name, func(t *testing.T) {
			t.Parallel()
			w := world.New(t, 0, nil)
			w.Deposit(t, organizationOf(t, w), 50_000)
			_, err := w.Campaigns.Amend(t.Context(), campaign.Amendment{CampaignID: w.CampaignID, ID: uuid.NewString(), Change: campaign.Change{BudgetMinor: 120_000}, Actor: "ann", Now: world.Now})
			require.NoError(t, err)
			w.RequireBooksInOrder(t)

			dbtest.Tamper(t, w.URL, planted)

			verified, err := w.Audit.Check(t.Context())
			require.NoError(t, err)
			require.Contains(t, world.Checks(verified), "allocation")
		})
	}
}

// The workflow of an ended campaign starts again with the terms that it has by then.
func TestCreateAgainWithAmendedTerms(t *testing.T) {
	t.Parallel()
	w := world.New(t, 0, func(terms *campaign.Terms) { terms.EndsAt = terms.EndsAt.Add(1234 * time.Nanosecond) })
	create := func() error {
		read, err := w.Campaigns.Get(t.Context(), w.CampaignID)
		require.NoError(t, err)
		return w.Campaigns.Create(t.Context(), campaign.NewCampaign{ID: read.ID, OrganizationID: read.OrganizationID, Name: read.Name, Terms: read.Terms})
	}
	require.NoError(t, create(), "an end with nanoseconds")
	w.Deposit(t, organizationOf(t, w), 50_000)
	change := campaign.Change{BudgetMinor: 120_000, EndsAt: w.Terms.EndsAt.Add(time.Hour)}
	_, err := w.Campaigns.Amend(t.Context(), campaign.Amendment{CampaignID: w.CampaignID, ID: uuid.NewString(), Change: change, Actor: "ann", Now: world.Now})
	require.NoError(t, err)

	require.NoError(t, create())

	other := campaign.NewCampaign{ID: w.CampaignID, OrganizationID: organizationOf(t, w), Name: "Spring", Terms: w.Terms}
	require.NoError(t, w.Campaigns.Create(t.Context(), other), "as it was created")
	other.Terms.RateMinorPerThousand++
	require.Equal(t, "campaign_exists", fault.CodeOf(w.Campaigns.Create(t.Context(), other)))
}

// A clip may be published until the end that an amendment has set.
func TestAmendedEndBoundsPublication(t *testing.T) {
	t.Parallel()
	w := world.New(t, 1, nil)
	later := w.Terms.EndsAt.Add(time.Hour)
	_, err := w.Campaigns.Amend(t.Context(), campaign.Amendment{CampaignID: w.CampaignID, ID: uuid.NewString(), Change: campaign.Change{EndsAt: later}, Actor: "ann", Now: world.Now})
	require.NoError(t, err)

	tracked, err := w.Clips.GetTracked(t.Context(), w.ClipIDs[0])

	require.NoError(t, err)
	require.Equal(t, later, tracked.Terms.EndsAt)
	require.Equal(t, []clip.Platform{clip.TikTok}, tracked.Terms.Platforms)
}
