package main

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/domain/access"
)

func newToken() *cobra.Command {
	var roles []string
	var principal access.Principal
	var ttl time.Duration
	command := &cobra.Command{
		Use: "token", Short: "Mint a bearer token for the API", Args: cobra.NoArgs,
		Example: "  creditroll token --role admin\n  creditroll token --role brand --organization 0190f5c2-…\n  creditroll token --role creator --creator 0190f5c2-…",
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
			for _, name := range roles {
				role, err := access.ParseRole(name)
				if err != nil {
					return err
				}
				principal.Roles = append(principal.Roles, role)
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
	flags.StringVar(&principal.UserID, "user", uuid.NewString(), "id of the person, kept in the audit trail")
	flags.StringVar(&principal.OrganizationID, "organization", "", "organization of a brand")
	flags.StringVar(&principal.CreatorID, "creator", "", "creator whom a creator's token speaks for")
	flags.DurationVar(&ttl, "ttl", 24*time.Hour, "how long the token is good for")
	_ = command.MarkFlagRequired("role") // the flag was declared three lines up
	return command
}
