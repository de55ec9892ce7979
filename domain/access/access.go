// Package access decides who may do what. One table lists for each action the roles that may
// take it, and on whose records. Everything else is refused. It does not decide who a user is.
package access

import (
	"slices"
	"strings"

	"github.com/creditroll/creditroll/domain/fault"
)

// Role is the function of a user.
type Role string

// The roles. A user with several roles may do what any of them may.
const (
	Admin    Role = "admin"
	Brand    Role = "brand"
	Creator  Role = "creator"
	Reviewer Role = "reviewer"
	Finance  Role = "finance"
)

// Roles returns every role.
func Roles() []Role { return []Role{Admin, Brand, Creator, Reviewer, Finance} }

// ParseRole returns the role with that name, or fault.Invalid "unknown_role".
func ParseRole(name string) (Role, error) {
	if role := Role(name); slices.Contains(Roles(), role) {
		return role, nil
	}
	return "", fault.Field("role", "unknown_role", "unknown role %.20q: use one of admin, brand, creator, reviewer, finance", name)
}

// Scope is on whose records a role may take an action.
type Scope string

const (
	// None: on no record. It is the zero Scope, so an action that is missing in the table is
	// refused.
	None Scope = ""
	// All: on every record.
	All Scope = "any"
	// OwnOrganization: on records of the principal's organization.
	OwnOrganization Scope = "own_organization"
	// OwnCreator: on records of the principal as a creator.
	OwnCreator Scope = "own_creator"
	// LiveOrOwnCreator: on live campaigns, and on those that the principal takes part in.
	LiveOrOwnCreator Scope = "live_or_own_creator"
)

// Principal is the user who asks for an action.
type Principal struct {
	UserID string
	Roles  []Role
	// OrganizationID and CreatorID are empty for a user without one.
	OrganizationID string
	CreatorID      string
}

// SamePerson reports whether two ids name one person. It ignores case and surrounding blanks.
func SamePerson(one, other string) bool {
	return strings.EqualFold(strings.TrimSpace(one), strings.TrimSpace(other))
}

// Target is the owner of the record that an action is for. For a record to be created it is the
// future owner, and for a list the owner that the list is filtered by.
type Target struct {
	OrganizationID string
	// CreatorID is the creator who owns the record. For reading a campaign it is the
	// principal's own id if they take part in the campaign.
	CreatorID string
	// Live is set for a campaign that is open to creators.
	Live bool
}

// Allowed reports whether a role may take an action on any record.
func Allowed(role Role, action Action) bool { return ScopeOf(role, action) != None }

// ScopeOf returns on whose records a role may take an action.
func ScopeOf(role Role, action Action) Scope { return permissions[action][role] }

// Check returns nil if the principal may take the action on the target. It returns
// fault.Denied "wrong_role" if none of the principal's roles may take the action on any record.
// It returns fault.NotFound "not_found" if a role may, but not on this target: the principal must
// not learn whether a record of another owner exists.
func Check(principal Principal, action Action, target Target) error {
	allowedOnSome := false
	for _, role := range principal.Roles {
		scope := ScopeOf(role, action)
		if covers(scope, principal, target) {
			return nil
		}
		allowedOnSome = allowedOnSome || scope != None
	}
	if allowedOnSome {
		return fault.New(fault.NotFound, "not_found", "no record has this id: check the id and that you are signed in with the right account")
	}
	return fault.New(fault.Denied, "wrong_role", "your account may not do this: it needs the role %s", rolesThatMay(action))
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

// isSame is false for empty ids: a user without an organization does not own the records
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
