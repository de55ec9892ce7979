package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/domain/ledger"
)

// asOfFlags are the flags for the moment of a balance.
type asOfFlags struct{ effective, recorded string }

func (f *asOfFlags) addTo(command *cobra.Command) *cobra.Command {
	command.Flags().StringVar(&f.effective, "as-of", "", "only entries dated up to this moment, such as 2026-03-31T18:00:00Z, or 2026-03-31 for the end of that day in UTC")
	command.Flags().StringVar(&f.recorded, "recorded-as-of", "", "only entries recorded up to this moment, which shows the books as they were then")
	return command
}

func (f *asOfFlags) read() (asOf ledger.AsOf, err error) {
	now := time.Now()
	if asOf.EffectiveAt, err = ledger.Moment("as_of", f.effective, now); err != nil {
		return asOf, err
	}
	asOf.RecordedAt, err = ledger.Moment("recorded_as_of", f.recorded, now)
	return asOf, err
}
