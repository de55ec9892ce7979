// Package access decides who may do what. One table says for each action which roles may
// take it and on whose things; everything else is refused. Who somebody is, is not decided
// here.
package access

import (
	"slices"
	"strings"

	"github.com/creditroll/creditroll/domain/fault"
)

// Role is what a user is here for.
type Role string

// The roles. A user may have several and then may do what any of them may.
const (
	Admin    Role = "admin"
	Brand    Role = "brand"
	Creator  Role = "creator"
	Reviewer Role = "reviewer"
	Finance  Role = "finance"
)

// Roles returns every role.
func Roles() []Role { return []Role{Admin, Brand, Creator, Reviewer, Finance} }

// ParseRole returns the role of that name, or fault.Invalid "unknown_role".
func ParseRole(name string) (Role, error) {
	if role := Role(name); slices.Contains(Roles(), role) {
		return role, nil
	}
	return "", fault.Field("role", "unknown_role", "unknown role %.20q: use one of admin, brand, creator, reviewer, finance", name)
}

// Scope is on whose things a role may take an action.
type Scope string

const (
	// Nobody: the role may not take the action. It is the zero Scope, so that what the
	// table does not name is refused.
	None Scope = ""
	// Anybody: on everything.
	All Scope = "any"
	// OwnOrganization: on what belongs to the principal's organization.
	OwnOrganization Scope = "own_organization"
	// OwnCreator: on what belongs to the principal as a creator.
	OwnCreator Scope = "own_creator"
	// LiveOrOwnCreator: on what is live, and later on still for the creators who take part.
	LiveOrOwnCreator Scope = "live_or_own_creator"
)

// Principal is who asks.
type Principal struct {
	UserID string
	Roles  []Role
	// OrganizationID and CreatorID are empty for a user who belongs to none.
	OrganizationID string
	CreatorID      string
}

// SamePerson reports whether two ids name one person: neither case nor blanks around an id
// make a second one of them.
func SamePerson(one, other string) bool {
	return strings.EqualFold(strings.TrimSpace(one), strings.TrimSpace(other))
}

// Target is whose thing is asked for. For a thing that is to be created it names the future
// owner; for a list, the owner by whom the list is filtered.
type Target struct {
	OrganizationID string
	// CreatorID is the creator whose thing it is; for a campaign that is read, the
	// principal's own if they take part in it.
	CreatorID string
	// Live is set for a campaign that is open to creators.
	Live bool
}

// Allowed reports whether a role may take an action at all, be it only on its own things.
func Allowed(role Role, action Action) bool { return ScopeOf(role, action) != None }

// ScopeOf returns on whose things a role may take an action.
func ScopeOf(role Role, action Action) Scope { return permissions[action][role] }

// Check returns nil if the principal may take the action on the target. It returns
// fault.Denied "wrong_role" if none of the principal's roles may take the action on
// anything, and fault.NotFound "not_found" if one may but not on this target: whether a
// foreign thing exists is not for the principal to know.
func Check(principal Principal, action Action, target Target) error {
	mayOnSome := false
	for _, role := range principal.Roles {
		scope := ScopeOf(role, action)
		if covers(scope, principal, target) {
			return nil
		}
		mayOnSome = mayOnSome || scope != None
	}
	if mayOnSome {
		return fault.New(fault.NotFound, "not_found", "nothing was found under this id: check the id and that you are signed in with the right account")
	}
	return fault.New(fault.Denied, "wrong_role", "your account may not do this: ask for the role %s", rolesThatMay(action))
}

func covers(scope Scope, principal Principal, target Target) bool {
	switch scope {
	case All:
		return true
	case OwnOrganization:
		return isSame(principal.OrganizationID, target.OrganizationID)
	case OwnCreator:
		return isSame(principal.CreatorID, target.CreatorID)
	case LiveOrOwnCreator:
		return target.Live || isSame(principal.CreatorID, target.CreatorID)
	}
	return false
}

// isSame never holds for empty ids: a user without an organization does not own the things
// without one.
func isSame(own, other string) bool { return own != "" && own == other }

func rolesThatMay(action Action) string {
	var names []string
	for _, role := range Roles() {
		if Allowed(role, action) {
			names = append(names, string(role))
		}
	}
	if len(names) == 0 {
		return string(Admin)
	}
	return strings.Join(names, " or ")
}
