package stripe

import "strings"

// paymentOutcome is the outcome of one of Stripe's test payment methods.
type paymentOutcome struct {
	kind            string // card or us_bank_account
	declineCode     string // a card that is refused at once
	failureCode     string // a bank debit that fails later
	availableAtOnce bool
	authenticates   bool // the payer confirms each payment at the bank's page (3D Secure)
	disputed        bool
	refundPends     bool
	refundFails     bool
}

var testPaymentMethods = map[string]paymentOutcome{
	"pm_card_visa":                   {kind: "card"},
	"pm_card_visa_debit":             {kind: "card"},
	"pm_card_mastercard":             {kind: "card"},
	"pm_card_amex":                   {kind: "card"},
	"pm_card_us":                     {kind: "card"},
	"pm_card_bypassPending":          {kind: "card", availableAtOnce: true},
	"pm_card_authenticationRequired": {kind: "card", authenticates: true},
	"pm_card_threeDSecure2Required":  {kind: "card", authenticates: true},

	"pm_card_createDispute": {kind: "card", disputed: true},
	"pm_card_pendingRefund": {kind: "card", refundPends: true},
	"pm_card_refundFail":    {kind: "card", refundFails: true},

	"pm_card_chargeDeclined":                       {kind: "card", declineCode: "generic_decline"},
	"pm_card_visa_chargeDeclined":                  {kind: "card", declineCode: "generic_decline"},
	"pm_card_chargeDeclinedInsufficientFunds":      {kind: "card", declineCode: "insufficient_funds"},
	"pm_card_visa_chargeDeclinedInsufficientFunds": {kind: "card", declineCode: "insufficient_funds"},
	"pm_card_chargeDeclinedLostCard":               {kind: "card", declineCode: "lost_card"},
	"pm_card_chargeDeclinedStolenCard":             {kind: "card", declineCode: "stolen_card"},

	"pm_usBankAccount":                    {kind: "us_bank_account", refundPends: true},
	"pm_usBankAccount_success":            {kind: "us_bank_account", refundPends: true},
	"pm_usBankAccount_accountClosed":      {kind: "us_bank_account", failureCode: "account_closed"},
	"pm_usBankAccount_noAccount":          {kind: "us_bank_account", failureCode: "no_account"},
	"pm_usBankAccount_insufficientFunds":  {kind: "us_bank_account", failureCode: "insufficient_funds"},
	"pm_usBankAccount_debitNotAuthorized": {kind: "us_bank_account", failureCode: "debit_not_authorized"},
	"pm_usBankAccount_invalidCurrency":    {kind: "us_bank_account", failureCode: "invalid_currency"},
}

// checkPaymentMethod reads payment_method, which is optional.
func (c *call) checkPaymentMethod() (string, *apiError) {
	id := c.params.text("payment_method")
	if _, known := testPaymentMethods[id]; id != "" && !known {
		return "", unknownReference("PaymentMethod", "payment_method", id)
	}
	return id, nil
}

func getPaymentMethod(c *call) (any, *apiError) {
	id := c.path("id")
	outcome, known := testPaymentMethods[id]
	if !known {
		return nil, missing("PaymentMethod", id)
	}
	return paymentMethodView(id, outcome), nil
}

func paymentMethodView(id string, outcome paymentOutcome) object {
	return object{
		"id": id, "object": "payment_method", "type": outcome.kind, "livemode": false, "created": 0,
		"metadata": object{}, outcome.kind: methodDetails(id, outcome),
	}
}

func methodDetails(id string, outcome paymentOutcome) object {
	if outcome.kind == "us_bank_account" {
		return object{"account_holder_type": "individual", "account_type": "checking", "bank_name": "STRIPE TEST BANK", "last4": "6789", "routing_number": "110000000"}
	}
	brand, last4 := "visa", "4242"
	if strings.Contains(id, "mastercard") {
		brand, last4 = "mastercard", "4444"
	}
	return object{"brand": brand, "country": "US", "exp_month": 8, "exp_year": 2030, "funding": "credit", "last4": last4}
}
