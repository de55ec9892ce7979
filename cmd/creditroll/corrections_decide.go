package main

import (
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/temporal"
)

func newCorrectionsApprove() *cobra.Command {
	return newDecision("approve ID", "Approve a correction that another person proposed, and book it", true)
}

func newCorrectionsReject() *cobra.Command {
	return newDecision("reject ID", "Reject a correction that another person proposed", false)
}

func newDecision(use, short string, approve bool) *cobra.Command {
	var actor, reason string
	decide := onBooks(use, short, cobra.ExactArgs(1), func(cmd *cobra.Command, store *books.Books, args []string, asJSON bool) error {
		if err := requireActor(actor, reason); err != nil {
			return err
		}
		id, err := parseID("correction", args[0])
		if err != nil {
			return err
		}
		if err := decideCorrection(cmd, store, correction.Decision{ID: id, Approve: approve, Actor: actor, Reason: reason}); err != nil {
			return err
		}
		return showCorrection(cmd, store, id, asJSON)
	})
	decide.Long = "A decision is final. The books refuse one by the person who proposed the correction."
	decide.Flags().StringVar(&actor, "actor", "", "id of the person who decides (not a name)")
	decide.Flags().StringVar(&reason, "reason", "", "reason for the audit trail")
	return decide
}

// codeNotRunning is the engine's answer for a workflow that has ended. That of a correction ends
// as soon as it is decided.
const codeNotRunning = "not_running"

func decideCorrection(cmd *cobra.Command, store *books.Books, decision correction.Decision) error {
	found, err := store.Corrections.Get(cmd.Context(), decision.ID)
	if err != nil {
		return err
	}
	if found.Status != correction.Proposed {
		return found.DecideAgain(decision)
	}
	refused := withEngine(cmd, func(engine *temporal.Engine) error {
		return engine.DecideCorrection(cmd.Context(), command.DecideCorrection{
			CorrectionID: decision.ID, Approve: decision.Approve, Actor: decision.Actor, Reason: decision.Reason,
		})
	})
	if fault.CodeOf(refused) != codeNotRunning {
		return refused
	}
	if found, err = store.Corrections.Get(cmd.Context(), decision.ID); err != nil || found.Status == correction.Proposed {
		return refused
	}
	return found.DecideAgain(decision) // another person decided it in between
}
