package db

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

// violations maps constraint names to the faults that users see. A violation of any other
// constraint is a defect of ours and stays Internal.
var violations = map[string]*fault.Error{
	"campaign_budgets_never_exceeded":              fault.New(fault.Conflict, "budget_exceeded", "this would spend more than the funded budget of the campaign"),
	"campaigns_pkey":                               fault.New(fault.Conflict, "campaign_exists", "a campaign with this id exists already"),
	"campaigns_organization_fkey":                  fault.New(fault.NotFound, "organization_not_found", "no such organization"),
	"organization_verifications_organization_fkey": fault.New(fault.NotFound, "organization_not_found", "no such organization"),
	"organizations_pkey":                           fault.New(fault.Conflict, "organization_exists", "an organization with this id exists already"),
	"organization_balances_organization_fkey":      fault.New(fault.NotFound, "organization_not_found", "no such organization"),
	"deposits_organization_fkey":                   fault.New(fault.NotFound, "organization_not_found", "no such organization"),
	"deposits_payment_intent_key":                  fault.New(fault.Conflict, "payment_in_use", "this payment is another deposit"),
	"withdrawals_pkey":                             fault.New(fault.Conflict, "withdrawal_exists", "a withdrawal with this id exists already"),
	"creators_pkey":                                fault.New(fault.Conflict, "creator_exists", "a creator with this id exists already"),
	"creators_handle_key":                          fault.New(fault.Conflict, "handle_taken", "another creator has this handle: choose a different one"),
	"creators_payout_account_key":                  fault.New(fault.Conflict, "stripe_account_taken", "another creator is paid through this Stripe account"),
	"payout_account_approvals_two_people_check":    fault.New(fault.Denied, "same_person", "the person who proposed an account cannot approve it: ask another person"),
	"payout_account_approvals_pkey":                fault.New(fault.Conflict, "account_change_approved", "this account was approved before"),
	"payout_account_changes_differ_check":          fault.New(fault.Conflict, "account_unchanged", "the creator is paid through this account already"),
	"payout_account_changes_creator_fkey":          fault.New(fault.NotFound, "creator_not_found", "no such creator"),
	"payout_accounts_creator_fkey":                 fault.New(fault.NotFound, "creator_not_found", "no such creator"),
	"payouts_account_frozen_check":                 fault.New(fault.Conflict, "transfer_alive", "the account of a payout cannot change after its transfer"),
	"channels_creator_fkey":                        fault.New(fault.NotFound, "creator_not_found", "no such creator"),
	"channels_pkey":                                fault.New(fault.Conflict, "channel_exists", "a channel with this id exists already"),
	"channels_proven_key":                          clip.ChannelTaken(),
	"channel_proofs_open_key":                      fault.New(fault.Conflict, "proof_running", "a proof of this channel is under way: cancel it first"),
	"participations_campaign_fkey":                 fault.New(fault.NotFound, "campaign_not_found", "no such campaign"),
	"participations_creator_fkey":                  fault.New(fault.NotFound, "creator_not_found", "no such creator"),
	"participations_once_key":                      fault.New(fault.Conflict, "already_applied", "this creator has applied to the campaign already"),
	"clips_post_key":                               fault.New(fault.Conflict, "duplicate_clip", "this post was submitted before"),
	"postings_balance":                             fault.New(fault.Conflict, "entry_unbalanced", "the journal entry does not balance"),
	"journal_entries_period_open":                  fault.New(fault.Conflict, "period_closed", "the accounting period is closed: date the entry in an open one"),
	"journal_entries_kind_fkey":                    fault.New(fault.Invalid, "unknown_kind", "the database does not know this kind of journal entry: run 'creditroll migrate'"),
	"accounting_periods_pkey":                      fault.New(fault.Conflict, "period_closed", "this accounting period is closed already"),
	"postings_amount_check":                        fault.New(fault.Invalid, "amount_zero", "the amount of a posting cannot be zero"),
	"payouts_once_a_run_key":                       fault.New(fault.Conflict, "payout_exists", "this creator has a payout in this run already"),
	"payout_attempts_one_applied_key":              fault.New(fault.Conflict, "attempt_unsettled", "an earlier attempt of this phase is not settled: check its outcome first"),
	"corrections_two_people_check":                 fault.New(fault.Denied, "same_person", "the person who proposed a correction cannot decide it: ask another person"),
	"participations_affiliate_fkey":                fault.New(fault.NotFound, "affiliate_not_found", "the affiliate is not a known creator"),
	"participations_affiliate_check":               fault.New(fault.Invalid, "own_affiliate", "a creator cannot be their own affiliate"),
	"external_objects_pkey":                        fault.New(fault.Conflict, "external_object_recorded", "this external object has a journal entry already"),
	"payout_runs_period_check":                     fault.New(fault.Invalid, "unknown_period", "the period of a payout run is an ISO week such as 2026-W47"),
	"payout_runs_period_key":                       fault.New(fault.Conflict, "payout_run_exists", "a payout run with this period and number exists already"),
	"idempotency_records_pkey":                     fault.New(fault.Conflict, "idempotency_key_in_use", "a request with this Idempotency-Key is in progress"),
	"journal_entries_reverses_key":                 fault.New(fault.Conflict, "already_reversed", "this journal entry was reversed before"),
	"campaigns_payment_intent_key":                 fault.New(fault.Conflict, "payment_in_use", "this payment funds another campaign"),
	"campaign_amendments_change_check":             fault.New(fault.Invalid, "nothing_changes", "give another budget_minor, another ends_at, or both"),
	"campaign_budgets_campaign_fkey":               fault.New(fault.NotFound, "campaign_not_found", "no such campaign"),
	"clips_campaign_fkey":                          fault.New(fault.NotFound, "campaign_not_found", "no such campaign"),
	"clips_creator_fkey":                           fault.New(fault.NotFound, "creator_not_found", "no such creator"),
	"observations_attempt_fkey":                    fault.New(fault.NotFound, "attempt_not_found", "no such provider attempt: record it before its readings"),
	"observations_clip_fkey":                       fault.New(fault.NotFound, "clip_not_found", "no such clip"),
	"payouts_creator_fkey":                         fault.New(fault.NotFound, "creator_not_found", "no such creator"),
	"journal_entries_have_postings":                fault.New(fault.Invalid, "entry_empty", "a journal entry must have postings"),
	"campaign_budgets_signs_check":                 fault.New(fault.Conflict, "budget_negative", "this would make an amount of the campaign's budget negative"),
	"participations_status_check":                  fault.New(fault.Invalid, "unknown_status", "unknown status of a participation"),
	"organizations_name_check":                     fault.New(fault.Invalid, "name_missing", "an organization needs a name"),
	"payout_attempts_generation_check":             fault.New(fault.Invalid, "generation_not_positive", "generations start at one"),
	"campaigns_budget_check":                       fault.New(fault.Invalid, "budget_not_positive", "the budget must be above zero"),
	"payouts_amount_check":                         fault.New(fault.Invalid, "amount_not_positive", "the amount of a payout must be above zero"),
	"ledger_accounts_code_check":                   fault.New(fault.Invalid, "account_malformed", "an account code consists of lower-case segments separated by slashes"),
	"provider_attempts_read_check":                 fault.New(fault.Invalid, "attempt_read", "a provider attempt cannot have read more clips than it asked for"),
	"provider_attempts_pkey":                       fault.New(fault.Conflict, "attempt_recorded", "this provider attempt is recorded already"),
	"journal_entries_currency_check":               fault.New(fault.Invalid, "unknown_currency", "a currency code is three upper-case letters"),
	"differences_two_people_check":                 fault.New(fault.Denied, "same_person", "the person who proposed an acknowledgement cannot approve it: ask another person"),
	"payout_runs_number_check":                     fault.New(fault.Invalid, "run_number_out_of_range", "the number of a payout run that a person starts is from 1 to 99"),
	"payout_runs_two_people_check":                 fault.New(fault.Denied, "same_person", "the person who started a payout run cannot approve it: ask another person"),
	"adoptions_two_people_check":                   fault.New(fault.Denied, "same_person", "the person who proposed an adoption cannot decide it: ask another person"),
}

// Translate turns an error of the driver into a fault. Faults and unknown errors pass
// unchanged.
func Translate(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := fault.As(err); ok {
		return err
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return translateRefusal(refused)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.NotFound, "not_found", "no such record").Because(err)
	}
	if isConnectionLost(err) {
		return Unreachable(err)
	}
	return err
}

// Absent returns the fault missing if a query found no row, and any other error as it is: a query that was
// cut off says nothing about what exists.
func Absent(err error, missing *fault.Error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return missing.Because(err)
	}
	return err
}

// malformed reports that an id is not a UUID.
func malformed(err error) error {
	if err == nil {
		return nil
	}
	return fault.New(fault.Invalid, "malformed_id", "an id is not a UUID").Because(err)
}

// isConnectionLost reports whether the connection could not be made or broke. The statement
// may have taken effect; every statement of ours can be repeated.
func isConnectionLost(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		pgconn.SafeToRetry(err) || pgconn.Timeout(err) || errors.Is(err, context.DeadlineExceeded)
}

func translateRefusal(refused *pgconn.PgError) error {
	if known, ok := violations[refused.ConstraintName]; ok {
		return known.Because(refused)
	}
	if strings.Contains(refused.ConstraintName, ArchivedMark) {
		return fault.New(fault.Conflict, "archived", "the record belongs to an archived month, which accepts no changes").Because(refused)
	}
	switch refused.Code[:2] {
	case "40", "53", "57", "08": // rolled back, out of resources, shutting down, connection
		return fault.New(fault.Unavailable, "database_busy", "the database could not finish the request now: try again later").Because(refused)
	}
	switch refused.Code {
	case lockNotAvailable:
		return fault.New(fault.Unavailable, "database_busy", "another transaction held a lock for too long: try again later").Because(refused)
	case "23001": // restrict_violation, raised by refuse_change()
		return fault.New(fault.Denied, "immutable", "ledger rows cannot be changed: post a correction").Because(refused)
	case "42501":
		return fault.New(fault.Denied, "database_right_missing", "the database role lacks a right: run 'creditroll migrate' as the owner").Because(refused)
	case "42P01", "3F000":
		return fault.New(fault.Conflict, "not_migrated", "the database schema is missing or old: run 'creditroll migrate'").Because(refused)
	case "22P02":
		return malformed(refused)
	case "22021": // character_not_in_repertoire
		return fault.New(fault.Invalid, "malformed_text", "a text has a zero byte, or is not UTF-8").Because(refused)
	}
	return refused
}

// Unreachable turns a failure to connect into a fault: fault.Conflict "not_migrated" without
// AppRole, fault.Denied "not_a_member" without the right to act as it, and otherwise
// fault.Unavailable "database_unreachable".
func Unreachable(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		switch refused.Code {
		case "22023":
			return fault.New(fault.Conflict, "not_migrated", "the database has no role %s: run 'creditroll migrate'", AppRole).Because(err)
		case "42501":
			return fault.New(fault.Denied, "not_a_member", "the login in DATABASE_URL may not act as %s: run 'GRANT %s TO' that login, as the owner", AppRole, AppRole).Because(err)
		}
	}
	return fault.New(fault.Unavailable, "database_unreachable", "the database does not answer: check that it is running and that DATABASE_URL is correct").Because(err)
}

func invalidURL(err error) error {
	return fault.New(fault.Invalid, "database_url_malformed", "DATABASE_URL is malformed: use postgres://user:password@host:port/database").Because(err)
}

// PeriodClosed returns fault.Conflict "period_closed", for an entry that a person dates into a
// closed period.
func PeriodClosed() error { return violations["journal_entries_period_open"] }

// ArchivedMark is part of the name of each constraint that refuses rows of a detached month.
const ArchivedMark = "_archived_"
