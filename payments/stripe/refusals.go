package stripe

import (
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

// refusal is how we read one of Stripe's error codes: what a caller may do, what the code
// means in words that all rails share (where a decision depends on it), and what a person does.
type refusal struct {
	kind    fault.Kind
	meaning rail.Meaning
	advice  string
}

// What a refusal means when its code is not in the table.
var (
	declined     = refusal{fault.Conflict, rail.NoMeaning, "The payment method was declined: pay with another one."}
	noAccess     = refusal{fault.Denied, rail.NoMeaning, "Check the API key and its permissions, and whether the account is still connected."}
	badParameter = refusal{fault.Invalid, rail.NoMeaning, "Correct the request; the same one can never succeed."}
	wrongState   = refusal{fault.Conflict, rail.NoMeaning, "Look at the account and the object in Stripe's dashboard, fix the cause, then retry."}
	inConflict   = refusal{fault.Unavailable, rail.NoMeaning, "Send the same request with the same idempotency key again."}
)

var (
	tooLittle       = refusal{fault.Conflict, rail.InsufficientBalance, "The Stripe balance has too little available: add funds or wait for pending ones, then retry."}
	accountNotReady = refusal{fault.Conflict, rail.AccountNotReady, "The creator has to complete what Stripe asks of the account; retry once it is verified."}
	bankNotUsable   = refusal{fault.Conflict, rail.BankAccountUnusable, "The creator has to replace the bank account; retry after that."}
	instantRefused  = refusal{fault.Conflict, rail.InstantRefused, "Stripe makes no instant payout of this: a standard one can be sent instead."}
	noRefund        = refusal{fault.Conflict, rail.NoMeaning, "The payment cannot be refunded (again): look at it in Stripe's dashboard."}
)

// refusals are the codes whose reading must not depend on the rest of the answer. Other codes
// are read by status, type and parameter, and are kept. Only this table knows what a Stripe
// code means.
var refusals = map[string]refusal{
	"idempotency_error":      {fault.Conflict, rail.KeyReused, "The idempotency key was used before with other values. This is a defect: do not retry, have a person compare both requests."},
	"idempotency_key_in_use": {fault.Unavailable, rail.NoMeaning, "The first request with this idempotency key is still running: send the same request with the same key again, nothing else."},
	"lock_timeout":           {fault.RateLimited, rail.NoMeaning, ""},
	"rate_limit":             {fault.RateLimited, rail.NoMeaning, ""},

	"balance_insufficient": tooLittle,
	"insufficient_funds":   tooLittle,

	"transfers_not_allowed":                  accountNotReady,
	"payouts_not_allowed":                    {fault.Conflict, rail.PayoutsDisabled, "Stripe makes no bank payouts for the account: the creator has to supply what it asks for."},
	"insufficient_capabilities_for_transfer": accountNotReady,

	"account_closed":                   bankNotUsable,
	"no_account":                       bankNotUsable,
	"debit_not_authorized":             bankNotUsable,
	"bank_account_declined":            bankNotUsable,
	"bank_account_restricted":          bankNotUsable,
	"bank_account_unusable":            bankNotUsable,
	"bank_account_unverified":          bankNotUsable,
	"bank_account_verification_failed": bankNotUsable,
	noBankAccount:                      {fault.Conflict, rail.BankAccountMissing, "The creator has no bank account for this currency and has to add one; retry after that."},
	bankAccountDeleted:                 {fault.Conflict, rail.BankAccountMissing, "The bank account was deleted: the creator has to add one; retry after that."},

	"instant_payouts_unsupported":       instantRefused,
	"instant_payouts_limit_exceeded":    instantRefused,
	"instant_payouts_currency_disabled": instantRefused,
	"instant_payouts_config_disabled":   instantRefused,
	notInstant:                          instantRefused,

	destinationMissing: {fault.Denied, rail.AccountGone, "The account is unknown or no longer connected: ask the creator to connect it again."},
	noAccountAccess:    {fault.Denied, rail.AccountGone, "The account is no longer connected: ask the creator to connect it again."},
	serviceAgreement:   {fault.Conflict, rail.CountryUnsupported, "The platform cannot send transfers to the country of the account."},
	payoutsDisabled:    {fault.Conflict, rail.PayoutsDisabled, "Stripe makes no bank payouts for the account: the creator has to supply what it asks for."},
	chargeTooOld:       {fault.Conflict, rail.ChargeTooOld, "The payment is too old to be refunded: pay the brand another way and settle it outside."},

	"payouts_limit_exceeded":          {fault.Conflict, rail.NoMeaning, "The account's payout limit is used up: retry after the limit resets."},
	"application_fees_not_allowed":    wrongState,
	"not_allowed_on_standard_account": wrongState,
	"status_transition_invalid":       wrongState,
	"payment_intent_unexpected_state": wrongState,
	"intent_invalid_state":            wrongState,
	"resource_already_exists":         wrongState,

	"charge_disputed":         {fault.Conflict, rail.ChargeDisputed, noRefund.advice},
	"charge_already_refunded": noRefund,
	"charge_not_refundable":   noRefund,
	"refund_disputed_payment": noRefund,

	"account_invalid":           {fault.Denied, rail.AccountGone, "The account is unknown or no longer connected to this platform: the creator has to connect again."},
	"account_deauthorized":      {fault.Denied, rail.AccountGone, "The account is no longer connected to this platform: the creator has to connect again."},
	"resource_missing":          {fault.NotFound, rail.ObjectMissing, "Check the id, and that it belongs to this account and mode (test or live)."},
	"api_key_expired":           noAccess,
	"platform_api_key_expired":  noAccess,
	"platform_account_required": noAccess,
	"secret_key_required":       noAccess,
	"livemode_mismatch":         noAccess,
	"testmode_charges_only":     noAccess,
	"tls_version_unsupported":   noAccess,

	"amount_too_small":                 {fault.Invalid, rail.AmountTooSmall, "The amount is below Stripe's minimum for the currency: let it grow, or combine it."},
	"amount_too_large":                 {fault.Invalid, rail.AmountTooLarge, "The amount is above Stripe's maximum for the currency: split it."},
	"invalid_charge_amount":            badParameter,
	"balance_invalid_parameter":        badParameter,
	"charge_invalid_parameter":         badParameter,
	"country_unsupported":              {fault.Conflict, rail.CountryUnsupported, "The platform cannot send transfers to the country of the account."},
	"parameter_invalid_empty":          badParameter,
	"parameter_invalid_integer":        badParameter,
	"parameter_invalid_string_blank":   badParameter,
	"parameter_invalid_string_empty":   badParameter,
	"parameter_missing":                badParameter,
	"parameter_unknown":                badParameter,
	"parameters_exclusive":             badParameter,
	"payment_intent_invalid_parameter": badParameter,
	"payment_method_invalid_parameter": badParameter,
	"url_invalid":                      badParameter,

	"transfer_source_balance_parameters_mismatch": badParameter,
}
