package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/temporal"
)

// proposalFlags are the flags of a proposal. Which of them a kind takes is checked by
// correction.Proposal.
type proposalFlags struct {
	id, currency, how, reference       string
	clip, creator, campaign            string
	payout, withdrawal, payment        string
	actor, reason, evidence, effective string
	amountMinor                        int64
	postings                           []string
}

func newCorrectionsPropose() *cobra.Command {
	var in proposalFlags
	propose := onBooks("propose KIND", "Propose a correction, which another person has to approve", cobra.ExactArgs(1),
		func(cmd *cobra.Command, store *books.Books, args []string, asJSON bool) error {
			proposal, err := in.proposal(args[0], time.Now())
			if err != nil {
				return err
			}
			err = withEngine(cmd, func(engine *temporal.Engine) error { return engine.ProposeCorrection(cmd.Context(), proposal) })
			if fault.Is(err, fault.Unavailable) || fault.Is(err, fault.UnknownOutcome) {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "the proposal may have been stored: repeat the command with --id %s\n", proposal.ID)
			}
			if err != nil {
				return err
			}
			return showCorrection(cmd, store, proposal.ID, asJSON)
		})
	propose.Long = "KIND is clawback, write_off, settle_payout, settle_refund, settle_withdrawal, settle_converted_payment, settle_balance or adjustment. The runbook has what each kind takes and does. Nothing is booked until another person approves the proposal."
	propose.Example = strings.Join([]string{
		"creditroll corrections propose clawback --currency USD --clip ID --actor YOUR_ID --reason WHY --evidence 'ticket 4711'",
		"creditroll corrections propose settle_payout --currency USD --payout ID --how paid_to_creator --reference po_… --actor YOUR_ID --reason WHY --evidence 'statement of 2 March, line 14'",
		"creditroll corrections propose adjustment --currency USD --posting platform/fees=500 --posting platform/capital=-500 --actor YOUR_ID --reason WHY --evidence 'ticket 4711'",
	}, "\n")
	in.addTo(propose)
	return propose
}

func (in *proposalFlags) addTo(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&in.actor, "actor", "", "id of the person who proposes (not a name)")
	flags.StringVar(&in.reason, "reason", "", "reason for the audit trail")
	flags.StringVar(&in.evidence, "evidence", "", "how it is known, such as a ticket or a line of a statement")
	flags.StringVar(&in.currency, "currency", "", "currency, such as USD")
	flags.Int64Var(&in.amountMinor, "amount-minor", 0, "amount in minor units, such as 4000 for 40.00 USD")
	flags.StringVar(&in.clip, "clip", "", "id of the clip of a clawback")
	flags.StringVar(&in.creator, "creator", "", "id of the creator")
	flags.StringVar(&in.campaign, "campaign", "", "id of the campaign")
	flags.StringVar(&in.payout, "payout", "", "id of the payout that is settled")
	flags.StringVar(&in.withdrawal, "withdrawal", "", "id of the withdrawal of which a part is settled")
	flags.StringVar(&in.payment, "payment", "", "id at Stripe of the converted payment of which a part is settled, such as pi_…")
	flags.StringVar(&in.how, "how", "", "paid_to_creator or lost for a payout, found or gone for a balance")
	flags.StringVar(&in.reference, "reference", "", "what identifies the money that is settled, at Stripe or at a bank")
	flags.StringArrayVar(&in.postings, "posting", nil, "posting of an adjustment, ACCOUNT=AMOUNT_MINOR, debit positive; repeat it")
	flags.StringVar(&in.effective, "effective-at", "", "date of an adjustment, such as 2026-03-02T12:00:00Z; otherwise the time of its approval")
	flags.StringVar(&in.id, "id", "", "id of the proposal; repeat a proposal under its id if its answer was lost")
}

// proposal returns what the flags propose. It needs no connection, so a mistake shows at once.
func (in *proposalFlags) proposal(kind string, now time.Time) (correction.Proposal, error) {
	if err := requireActor(in.actor, in.reason); err != nil {
		return correction.Proposal{}, err
	}
	if strings.TrimSpace(in.evidence) == "" {
		return correction.Proposal{}, fault.New(fault.Invalid, "flags_missing", "another person can only approve what is proven: pass --evidence")
	}
	proposal := correction.Proposal{
		ID: in.id, Kind: correction.Kind(kind), Currency: money.Currency(in.currency), How: correction.How(in.how), AmountMinor: in.amountMinor,
		ClipID: in.clip, CreatorID: in.creator, CampaignID: in.campaign, PayoutID: in.payout, WithdrawalID: in.withdrawal, PaymentIntentID: in.payment, Reference: in.reference,
		ProposedBy: in.actor, Reason: in.reason, Evidence: in.evidence, Now: now,
	}
	if proposal.ID == "" {
		proposal.ID = uuid.NewString()
	}
	for name, id := range map[string]*string{
		"correction": &proposal.ID, "clip": &proposal.ClipID, "creator": &proposal.CreatorID, "campaign": &proposal.CampaignID, "payout": &proposal.PayoutID, "withdrawal": &proposal.WithdrawalID,
	} {
		if *id == "" {
			continue
		}
		parsed, err := parseID(name, *id)
		if err != nil {
			return correction.Proposal{}, err
		}
		*id = parsed
	}
	for _, each := range in.postings {
		posting, err := parsePosting(each)
		if err != nil {
			return correction.Proposal{}, err
		}
		proposal.Postings = append(proposal.Postings, posting)
	}
	if in.effective != "" {
		at, err := time.Parse(time.RFC3339, in.effective)
		if err != nil {
			return correction.Proposal{}, fault.Field("effective-at", "malformed_flag", "%.40q is not a time: use 2026-03-02T12:00:00Z", in.effective)
		}
		proposal.EffectiveAt = &at
	}
	return proposal, proposal.Validate()
}

func parsePosting(text string) (ledger.Posting, error) {
	account, amount, found := strings.Cut(text, "=")
	amountMinor, err := strconv.ParseInt(amount, 10, 64)
	if !found || err != nil {
		return ledger.Posting{}, fault.Field("posting", "malformed_flag", "%.80q is not a posting: use platform/fees=-500", text)
	}
	return ledger.Posting{Account: ledger.Account(account), AmountMinor: amountMinor}, nil
}
