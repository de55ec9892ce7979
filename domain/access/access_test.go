package access

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/fault"
)

// policy is the table as a person would draw it: a line for each action, a column for each
// role. any = on everything, org = own organization, own = own creator, live = live
// campaigns and those one takes part in, - = not at all.
const policy = `
                      admin  brand  creator  reviewer  finance
campaign.create       any    org    -        -         -
campaign.submit       any    org    -        -         -
campaign.approve      any    -      -        any       -
campaign.fund         any    org    -        -         -
campaign.amend        any    org    -        -         -
campaign.pause        any    org    -        -         -
campaign.resume       any    org    -        -         -
campaign.complete     any    org    -        -         -
campaign.cancel       any    org    -        -         -
campaign.read         any    org    live     any       any
campaign.explain      any    org    -        -         any
campaign.exposure     any    org    -        any       any
participation.apply   any    -      own      -         -
participation.decide  any    org    -        -         -
clip.submit           any    -      own      -         -
clip.review           any    -      -        any       -
clip.read             any    org    own      any       any
clip.appeal           any    -      own      -         -
appeal.read           any    -      -        any       -
appeal.decide         any    -      -        any       -
evidence.add          -      -      own      any       -
evidence.read         -      -      own      any       -
creator.create        any    -      own      -         any
creator.read          any    -      own      any       any
creator.explain       any    -      own      -         any
creator.freeze        any    -      -        -         any
channel.add           any    -      own      -         -
channel.read          any    -      own      any       any
channel.prove         any    -      own      -         -
channel.decide        any    -      -        -         -
account.create        any    -      own      -         -
account.confirm       any    -      -        -         any
account.replace       any    -      -        -         any
account.approve       any    -      -        -         any
payout_run.start      any    -      -        -         any
payout_run.approve    any    -      -        -         any
payout_run.cancel     any    -      -        -         any
payout_run.exclude    any    -      -        -         any
payout.read           any    -      own      -         any
payout.retry          any    -      -        -         any
payout.cancel         any    -      -        -         any
payout.resolve        any    -      -        -         any
payout.request        -      -      own      -         -
ledger.read           any    -      -        -         any
switch.read           any    -      -        -         any
switch.set            any    -      -        -         -
tracking_cost.read    any    -      -        -         any
tracking_quota.read   any    -      -        -         any
reconciliation.read   any    -      -        -         any
difference.acknowledge any   -      -        -         any
correction.propose    any    -      -        -         any
correction.decide     any    -      -        -         any
adoption.propose      any    -      -        -         any
adoption.decide       any    -      -        -         any
organization.create   any    -      -        -         -
organization.verify   any    org    -        -         -
balance.read          any    org    -        -         any
deposit.create        any    org    -        -         any
deposit.cancel        any    org    -        -         any
withdrawal.create     any    org    -        -         any
withdrawal.cancel     any    org    -        -         any
`

// targets are the relations that a thing can have to the principal of TestEachCell.
var targets = map[string]Target{
	"a thing of the own organization":    {OrganizationID: "org-1"},
	"a thing of the own creator":         {CreatorID: "creator-1"},
	"an own thing in another's campaign": {OrganizationID: "org-2", CreatorID: "creator-1"},
	"another's thing in an own campaign": {OrganizationID: "org-1", CreatorID: "creator-2"},
	"a thing of others":                  {OrganizationID: "org-2", CreatorID: "creator-2"},
	"a live campaign of others":          {OrganizationID: "org-2", Live: true},
	"a record without an owner":          {},
}

// reached says for a cell of the policy whether a target is within its reach.
func reached(cell string, target Target) bool {
	switch cell {
	case "any":
		return true
	case "org":
		return target.OrganizationID == "org-1"
	case "own":
		return target.CreatorID == "creator-1"
	case "live":
		return target.CreatorID == "creator-1" || target.Live
	}
	return false
}

func TestEachCell(t *testing.T) {
	t.Parallel()

	lines := strings.Split(strings.TrimSpace(policy), "\n")
	roles := strings.Fields(lines[0])
	require.Len(t, roles, len(Roles()))
	require.Len(t, lines, len(everyAction())+1)

	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		action := Action(cells[0])
		require.Contains(t, everyAction(), action)
		for column, cell := range cells[1:] {
			role := Role(roles[column])
			for relation, target := range targets {
				t.Run(string(role)+" asks for "+string(action)+" on "+relation, func(t *testing.T) {
					t.Parallel()
					principal := Principal{UserID: "user-1", Roles: []Role{role}, OrganizationID: "org-1", CreatorID: "creator-1"}

					err := Check(principal, action, target)

					require.Equal(t, cell != "-", Allowed(role, action))
					switch {
					case cell == "-":
						require.True(t, fault.Is(err, fault.Denied))
						require.Equal(t, "wrong_role", fault.CodeOf(err))
					case reached(cell, target):
						require.NoError(t, err)
					default:
						require.True(t, fault.Is(err, fault.NotFound))
						require.Equal(t, "not_found", fault.CodeOf(err))
					}
				})
			}
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()

	t.Run("refuses a user without roles, with unknown roles and unknown actions", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, "wrong_role", fault.CodeOf(Check(Principal{}, LedgerRead, Target{})))
		require.Equal(t, "wrong_role", fault.CodeOf(Check(Principal{Roles: []Role{"root", ""}}, LedgerRead, Target{})))
		require.Equal(t, "wrong_role", fault.CodeOf(Check(Principal{Roles: Roles()}, "ledger.write", Target{})))
		require.Equal(t, "wrong_role", fault.CodeOf(Check(Principal{Roles: Roles()}, "", Target{})))
	})

	t.Run("a brand without an organization reaches nothing", func(t *testing.T) {
		t.Parallel()

		err := Check(Principal{Roles: []Role{Brand}}, CampaignPause, Target{})

		require.Equal(t, "not_found", fault.CodeOf(err))
	})

	t.Run("a creator without a profile reads live campaigns only", func(t *testing.T) {
		t.Parallel()
		principal := Principal{Roles: []Role{Creator}}

		require.NoError(t, Check(principal, CampaignRead, Target{Live: true}))
		require.Equal(t, "not_found", fault.CodeOf(Check(principal, CampaignRead, Target{})))
		require.Equal(t, "not_found", fault.CodeOf(Check(principal, ClipRead, Target{})))
	})

	t.Run("a live campaign opens to creators nothing but reading", func(t *testing.T) {
		t.Parallel()
		principal := Principal{Roles: []Role{Creator}, CreatorID: "creator-1"}

		for _, action := range everyAction() {
			if action != CampaignRead {
				require.Error(t, Check(principal, action, Target{OrganizationID: "org-1", Live: true}), action)
			}
		}
	})

	t.Run("tells which role would help", func(t *testing.T) {
		t.Parallel()

		err := Check(Principal{Roles: []Role{Creator}}, PayoutResolve, Target{})

		require.ErrorContains(t, err, "admin or finance")
	})

	t.Run("several roles may what one of them may", func(t *testing.T) {
		t.Parallel()

		rapid.Check(t, func(t *rapid.T) {
			principal := Principal{
				Roles:          rapid.SliceOf(rapid.SampledFrom(Roles())).Draw(t, "roles"),
				OrganizationID: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "own organization"),
				CreatorID:      rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "own creator"),
			}
			target := Target{
				OrganizationID: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "organization"),
				CreatorID:      rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "creator"),
				Live:           rapid.Bool().Draw(t, "live"),
			}
			action := rapid.SampledFrom(everyAction()).Draw(t, "action")

			oneMay, oneMayOnSome := false, false
			for _, role := range principal.Roles {
				alone := principal
				alone.Roles = []Role{role}
				oneMay = oneMay || Check(alone, action, target) == nil
				oneMayOnSome = oneMayOnSome || Allowed(role, action)
			}

			err := Check(principal, action, target)
			require.Equal(t, oneMay, err == nil)
			require.Equal(t, !oneMayOnSome, fault.Is(err, fault.Denied))
		})
	})
}

func TestParseRole(t *testing.T) {
	t.Parallel()

	t.Run("accepts every role", func(t *testing.T) {
		t.Parallel()

		for _, want := range Roles() {
			got, err := ParseRole(string(want))

			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	})

	t.Run("refuses everything else", func(t *testing.T) {
		t.Parallel()

		for _, name := range []string{"", "Admin", "root", "admin "} {
			_, err := ParseRole(name)

			require.Equal(t, "unknown_role", fault.CodeOf(err), name)
		}
	})
}

func everyAction() []Action { return slices.Sorted(maps.Keys(permissions)) }

func TestSamePerson(t *testing.T) {
	t.Parallel()

	for _, other := range []string{"ann", "Ann", "ANN", " ann", "ann\n"} {
		require.True(t, SamePerson("ann", other), other)
	}
	for _, other := range []string{"", "anna", "a nn", "bob"} {
		require.False(t, SamePerson("ann", other), other)
	}
}
