package main

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
)

func newToken() *cobra.Command {
	var roles []string
	var principal access.Principal
	var ttl time.Duration
	command := &cobra.Command{
		Use: "token", Short: "Mint a bearer token for the API", Args: cobra.NoArgs,
		Example: "  creditroll token --role finance --user ann\n  creditroll token --role brand --organization 0190f5c2-…\n  creditroll token --role creator --creator 0190f5c2-…",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := readSettings(devFallback())
			if err != nil {
				return err
			}
			if err := s.require("CREDITROLL_TOKEN_KEYS"); err != nil {
				return err
			}
			keys, err := s.keys()
			if err != nil {
				return err
			}
			if len(roles) == 0 {
				return fault.Field("role", "role_required", "a token needs a role: pass --role with admin, brand, creator, reviewer or finance")
			}
			for _, name := range roles {
				role, err := access.ParseRole(name)
				if err != nil {
					return err
				}
				principal.Roles = append(principal.Roles, role)
			}
			if err := nameUser(&principal); err != nil {
				return err
			}
			token, err := api.MintToken(keys, principal, ttl)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), token)
			return err
		},
	}
	flags := command.Flags()
	flags.StringSliceVar(&roles, "role", nil, "admin, brand, creator, reviewer or finance; repeat for several")
	flags.StringVar(&principal.UserID, "user", "", "id of the user for the audit trail; required for admin and finance, otherwise a new id")
	flags.StringVar(&principal.OrganizationID, "organization", "", "organization of a brand")
	flags.StringVar(&principal.CreatorID, "creator", "", "creator of a creator's token")
	flags.DurationVar(&ttl, "ttl", 24*time.Hour, "lifetime of the token")
	return command
}

// nameUser sets a new user id if there is none. Admin and finance decide proposals of other
// people, so all tokens of one person must have the same id. With a new id, one person could
// propose and approve.
func nameUser(principal *access.Principal) error {
	if principal.UserID != "" {
		return nil
	}
	for _, role := range principal.Roles {
		if role == access.Admin || role == access.Finance {
			return fault.Field("user", "user_required", "a token for %s must name its user: pass --user with the permanent id of the person", role)
		}
	}
	principal.UserID = uuid.NewString()
	return nil
}
