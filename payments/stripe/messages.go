package stripe

import "strings"

// Codes of ours for refusals that Stripe gives no code, or one that says too little. Its message
// decides, because nothing else in the answer does.
const (
	noBankAccount      = "bank_account_missing"
	bankAccountDeleted = "bank_account_deleted"
	destinationMissing = "destination_missing"
	serviceAgreement   = "service_agreement"
	payoutsDisabled    = "payouts_disabled"
	noAccountAccess    = "account_access_lost"
	chargeTooOld       = "charge_too_old"
	notInstant         = "instant_payout_refused"
)

// messageClasses are parts of messages of Stripe, in lower case, with the code of ours that they
// mean. The messages were collected from public reports; Stripe does not promise to keep them, so
// an unknown one only loses its class.
var messageClasses = []struct{ part, code string }{
	{"any external accounts in that currency", noBankAccount},
	{"no external account", noBankAccount},
	{"external account has been deleted", bankAccountDeleted},
	{"bank account has been deleted", bankAccountDeleted},
	{"no such external account", bankAccountDeleted},
	{"service agreement", serviceAgreement},
	{"cannot be sent to accounts located in", serviceAgreement},
	{"can't be sent to accounts located in", serviceAgreement},
	{"restricted outside of your platform's region", serviceAgreement},
	{"no such destination", destinationMissing},
	{"cannot create payouts", payoutsDisabled},
	{"payouts are disabled", payoutsDisabled},
	{"payouts disabled", payoutsDisabled},
	{"does not have access to account", noAccountAccess},
	{"application access may have been revoked", noAccountAccess},
	{"too old to be refunded", chargeTooOld},
}

// isVague has the codes that Stripe uses for several causes, so that the message decides first.
var isVague = map[string]bool{"resource_missing": true, "parameter_invalid_empty": true}

// messageClass returns the code of ours for a message of Stripe, or "".
func messageClass(message string) string {
	message = strings.ToLower(message)
	for _, known := range messageClasses {
		if strings.Contains(message, known.part) {
			return known.code
		}
	}
	return ""
}
