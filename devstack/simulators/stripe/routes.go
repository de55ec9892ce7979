package stripe

import (
	"fmt"
	"net/http"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

// route is one line of the API: where, which parameters, what.
type route struct {
	pattern string
	params  []string
	run     endpoint
}

func lists(params ...string) []string { return append(params, listParams...) }

func apiRoutes() []route {
	return []route{
		{"POST /v1/payment_intents", intentParams, createIntent},
		{"GET /v1/payment_intents", lists("customer"), listIntents},
		{"GET /v1/payment_intents/{id}", []string{"client_secret"}, getIntent},
		{"POST /v1/payment_intents/{id}", intentChangeParams, updateIntent},
		{"POST /v1/payment_intents/{id}/confirm", confirmParams, confirmIntent},
		{"POST /v1/payment_intents/{id}/cancel", []string{"cancellation_reason"}, cancelIntent},
		{"GET /v1/payment_methods/{id}", nil, getPaymentMethod},

		{"GET /v1/charges", lists("payment_intent", "customer", "transfer_group"), listCharges},
		{"GET /v1/charges/{id}", nil, getCharge},

		{"POST /v1/refunds", refundParams, createRefund},
		{"GET /v1/refunds", lists("charge", "payment_intent"), listRefunds},
		{"GET /v1/refunds/{id}", nil, getRefund},
		{"POST /v1/refunds/{id}", []string{"metadata"}, updateRefund},

		{"GET /v1/disputes", lists("charge", "payment_intent"), listDisputes},
		{"GET /v1/disputes/{id}", nil, getDispute},
		{"POST /v1/disputes/{id}", []string{"evidence", "metadata", "submit"}, updateDispute},
		{"POST /v1/disputes/{id}/close", nil, closeDispute},

		{"GET /v1/balance", nil, getBalance},
		{"GET /v1/balance_transactions", lists("type", "source", "currency", "payout"), listMovements},
		{"GET /v1/balance_transactions/{id}", nil, getMovement},
		{"GET /v1/balance/history", lists("type", "source", "currency", "payout"), listMovements},

		{"POST /v1/transfers", transferParams, createTransfer},
		{"GET /v1/transfers", lists("transfer_group", "destination"), listTransfers},
		{"GET /v1/transfers/{id}", nil, getTransfer},
		{"POST /v1/transfers/{id}", []string{"metadata", "description"}, updateTransfer},
		{"POST /v1/transfers/{id}/reversals", reversalParams, createReversal},
		{"GET /v1/transfers/{id}/reversals", listParams, listReversals},
		{"GET /v1/transfers/{id}/reversals/{reversal}", nil, getReversal},
		{"POST /v1/transfers/{id}/reversals/{reversal}", []string{"metadata"}, updateReversal},

		{"POST /v1/payouts", payoutParams, createPayout},
		{"GET /v1/payouts", lists("status", "destination", "arrival_date"), listPayouts},
		{"GET /v1/payouts/{id}", nil, getPayout},
		{"POST /v1/payouts/{id}", []string{"metadata"}, updatePayout},
		{"POST /v1/payouts/{id}/cancel", nil, cancelPayout},

		{"POST /v1/topups", topupParams, createTopup},
		{"GET /v1/topups", lists("status"), listTopups},
		{"GET /v1/topups/{id}", nil, getTopup},
		{"POST /v1/topups/{id}", topupChangeParams, updateTopup},
		{"POST /v1/topups/{id}/cancel", nil, cancelTopup},

		{"GET /v1/account", nil, getAccount},
		{"POST /v1/accounts", accountParams, createAccount},
		{"GET /v1/accounts", listParams, listAccounts},
		{"GET /v1/accounts/{account}", nil, getAccount},
		{"POST /v1/accounts/{account}", accountChangeParams, updateAccount},
		{"GET /v1/accounts/{account}/capabilities", nil, listCapabilities},
		{"GET /v1/accounts/{account}/capabilities/{id}", nil, getCapability},
		{"POST /v1/accounts/{account}/external_accounts", bankParams, createBank},
		{"GET /v1/accounts/{account}/external_accounts", lists("object"), listBanks},
		{"GET /v1/accounts/{account}/external_accounts/{id}", nil, getBank},
		{"POST /v1/accounts/{account}/external_accounts/{id}", bankParams, updateBank},
		{"DELETE /v1/accounts/{account}/external_accounts/{id}", nil, deleteBank},
		{"POST /v1/account_links", accountLinkParams, createAccountLink},
		{"POST /v1/account_sessions", accountSessionParams, createAccountSession},

		{"POST /v1/identity/verification_sessions", verificationParams, createVerification},
		{"GET /v1/identity/verification_sessions", lists("status", "client_reference_id"), listVerifications},
		{"GET /v1/identity/verification_sessions/{id}", nil, getVerification},
		{"POST /v1/identity/verification_sessions/{id}/cancel", nil, cancelVerification},

		{"GET /v1/events", lists("type", "types", "delivery_success"), listEvents},
		{"GET /v1/events/{id}", nil, getEvent},
		{"GET /v1/webhook_endpoints", lists(), listEndpoints},
		{"GET /v1/webhook_endpoints/{id}", nil, getEndpoint},
	}
}

func (s *Simulator) buildRoutes() http.Handler {
	api := http.NewServeMux()
	for _, r := range apiRoutes() {
		api.Handle(r.pattern, s.serve(r.params, r.run))
	}
	api.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refusal := &apiError{
			status: http.StatusNotFound, kind: typeInvalid,
			message: fmt.Sprintf("Unrecognized request URL (%s: %s).", r.Method, r.URL.Path),
		}
		requestID := s.newCall(r).requestID
		w.Header().Set("Request-Id", requestID)
		write(w, answer{refusal.status, refusal.body(requestID)})
	})

	root := http.NewServeMux()
	root.Handle("/_sim/faults", faults.Control("/_sim", s.script, s.journal))
	root.Handle("/_sim/faults/", faults.Control("/_sim", s.script, s.journal))
	root.Handle("/_sim/journal", faults.Control("/_sim", s.script, s.journal))
	s.controlRoutes(root)
	root.Handle("/", s.script.Middleware(s.journal, api))
	return root
}
