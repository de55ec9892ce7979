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
				return fault.Field("role", "role_required", "a token says what its user may do: give --role with admin, brand, creator, reviewer or finance")
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
	flags.StringVar(&principal.UserID, "user", "", "id of the person, kept in the audit trail; required for admin and finance, otherwise a new one")
	flags.StringVar(&principal.OrganizationID, "organization", "", "organization of a brand")
	flags.StringVar(&principal.CreatorID, "creator", "", "creator whom a creator's token speaks for")
	flags.DurationVar(&ttl, "ttl", 24*time.Hour, "how long the token is good for")
	return command
}

// nameUser gives an id to who has none. Admin and finance decide what others propose, so each
// token of one person must bear the same id: a new one would make two people of them.
func nameUser(principal *access.Principal) error {
	if principal.UserID != "" {
		return nil
	}
	for _, role := range principal.Roles {
		if role == access.Admin || role == access.Finance {
			return fault.Field("user", "user_required", "a token for %s says whose it is: give --user with the id that this person always has", role)
		}
	}
	principal.UserID = uuid.NewString()
	return nil
}
