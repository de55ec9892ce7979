package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/temporal"
)

func newMigrate() *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Short: "Bring the database schema, search attributes and schedules up to date", Args: cobra.NoArgs,
		Long: "Brings schema, search attributes and schedules up to date. Safe to repeat. DATABASE_URL must log in as the owner of the schema, who may create roles.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := readSettings(nil)
			if err != nil {
				return err
			}
			logger := logTo(s.LogLevel)
			if err := s.require("DATABASE_URL"); err != nil {
				return err
			}
			if err := prepare(cmd.Context(), s, logger); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "schema, search attributes and schedules are up to date")
			return err
		},
	}
}

// prepare does the work of `migrate`; dev does it at its start too.
func prepare(ctx context.Context, s settings, logger *slog.Logger) error {
	if err := db.Migrate(ctx, s.DatabaseURL); err != nil {
		return err
	}
	options, err := temporalOptions()
	if err != nil {
		return err
	}
	connection, err := temporal.Dial(ctx, options, logger)
	if err != nil {
		return err
	}
	defer connection.Close()
	return temporal.Prepare(ctx, connection, options.Namespace, s.schedules(), s.engine())
}
