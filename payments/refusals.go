package payments

import "github.com/creditroll/creditroll/domain/fault"

// refusal is how we read one of Stripe's error codes.
type refusal struct {
	kind   fault.Kind
	advice string
}

// codedRefusal is a refusal that Stripe gives no code of its own.
type codedRefusal struct {
	code string
	refusal
}

// noBankAccount: the currency was checked before sending, so what Stripe misses is an account
// for it.
var noBankAccount = codedRefusal{
	"bank_account_missing",
	refusal{fault.Conflict, "The creator has no bank account for this currency and has to add one; retry after that."},
}

// What a refusal means when its code says nothing to us.
var (
	declined     = refusal{fault.Conflict, "The payment method was declined: pay with another one."}
	noAccess     = refusal{fault.Denied, "Check the API key and its permissions, and whether the account is still connected."}
	badParameter = refusal{fault.Invalid, "Correct the request; the same one can never succeed."}
	wrongState   = refusal{fault.Conflict, "Look at the account and the object in Stripe's dashboard, remove the cause, then retry."}

	accountNotReady = refusal{fault.Conflict, "The creator has to complete what Stripe asks of the account; retry once it is verified."}
	bankNotUsable   = refusal{fault.Conflict, "The creator has to replace the bank account; retry after that."}
	noRefund        = refusal{fault.Conflict, "The payment cannot be refunded (again): look at it in Stripe's dashboard."}
)

// refusals are the codes that callers meet and whose reading must not depend on the rest of
// the answer. Codes that are not listed are read by status, type and parameter, and are kept.
var refusals = map[string]refusal{
	"idempotency_error":      {fault.Conflict, "The idempotency key was used before with other values. This is a defect: do not retry, have a person compare both requests."},
	"idempotency_key_in_use": {fault.Unavailable, "The first request with this idempotency key is still running: send the same request with the same key again, nothing else."},
	"lock_timeout":           {fault.RateLimited, ""},
	"rate_limit":             {fault.RateLimited, ""},

	"balance_insufficient": {fault.Conflict, "The Stripe balance has too little available: add funds or wait for pending ones, then retry."},
	"insufficient_funds":   {fault.Conflict, "The Stripe balance has too little available: add funds or wait for pending ones, then retry."},

	"transfers_not_allowed":                  accountNotReady,
	"payouts_not_allowed":                    accountNotReady,
	"insufficient_capabilities_for_transfer": accountNotReady,
	"account_closed":                         bankNotUsable,
	"no_account":                             bankNotUsable,
	"debit_not_authorized":                   bankNotUsable,
	"bank_account_declined":                  bankNotUsable,
	"bank_account_restricted":                bankNotUsable,
	"bank_account_unusable":                  bankNotUsable,
	"bank_account_unverified":                bankNotUsable,
	"bank_account_verification_failed":       bankNotUsable,
	"payouts_limit_exceeded":                 {fault.Conflict, "The account's payout limit is used up: retry after the limit resets."},
	"application_fees_not_allowed":           wrongState,
	"not_allowed_on_standard_account":        wrongState,
	"status_transition_invalid":              wrongState,
	"payment_intent_unexpected_state":        wrongState,
	"intent_invalid_state":                   wrongState,
	"resource_already_exists":                wrongState,

	"charge_already_refunded": noRefund,
	"charge_disputed":         noRefund,
	"charge_not_refundable":   noRefund,
	"refund_disputed_payment": noRefund,

	"account_invalid":           {fault.Denied, "The account is unknown or no longer connected to this platform: the creator has to connect again."},
	"account_deauthorized":      {fault.Denied, "The account is no longer connected to this platform: the creator has to connect again."},
	"api_key_expired":           noAccess,
	"platform_api_key_expired":  noAccess,
	"platform_account_required": noAccess,
	"secret_key_required":       noAccess,
	"livemode_mismatch":         noAccess,
	"testmode_charges_only":     noAccess,
	"tls_version_unsupported":   noAccess,

	"resource_missing": {fault.NotFound, "Check the id, and that it belongs to this account and mode (test or live)."},

	"amount_too_small":                 {fault.Invalid, "The amount is below Stripe's minimum for the currency: let it grow, or combine it."},
	"amount_too_large":                 {fault.Invalid, "The amount is above Stripe's maximum for the currency: split it."},
	"invalid_charge_amount":            badParameter,
	"balance_invalid_parameter":        badParameter,
	"charge_invalid_parameter":         badParameter,
	"country_unsupported":              badParameter,
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
