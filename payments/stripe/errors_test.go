package stripe_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

func stripeError(kind, code, param string) object {
	return object{"error": object{
		"type": kind, "code": code, "param": param,
		"message":        "Jenny Rosen's account DE89370400440532013000 at https://x/?key=" + apiKey,
		"payment_intent": object{"id": "pi_1", "object": "payment_intent", "client_secret": "pi_1_secret_abc"},
	}}
}

func transferRequest() rail.TransferRequest {
	return rail.TransferRequest{
		PayoutID: "018f-payout", AmountMinor: 500, Currency: "USD", Account: "acct_creator1",
		Generation: 2, IdempotencyKey: "payout/018f-payout/transfer/g2",
	}
}

// reset drops the connection the hard way, as a crashed machine or a firewall does.
func reset(t *testing.T, w http.ResponseWriter) {
	t.Helper()
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Errorf("take over the connection: %v", err)
		return
	}
	_ = connection.(*net.TCPConn).SetLinger(0)
	_ = connection.Close()
}

func TestRefusals(t *testing.T) {
	t.Parallel()

	const invalidRequest = "invalid_request_error"
	for _, c := range []struct {
		name   string
		status int
		body   object
		kind   fault.Kind
		code   string
		field  string
	}{
		{"too little balance is a conflict", 400, stripeError(invalidRequest, "balance_insufficient", ""), fault.Conflict, "balance_insufficient", ""},
		{"too little balance is a conflict even when a parameter is named", 400, stripeError(invalidRequest, "balance_insufficient", "amount"), fault.Conflict, "balance_insufficient", ""},
		{"an account without transfers is a conflict", 403, stripeError(invalidRequest, "transfers_not_allowed", ""), fault.Conflict, "transfers_not_allowed", ""},
		{"a missing capability is a conflict", 400, stripeError(invalidRequest, "insufficient_capabilities_for_transfer", ""), fault.Conflict, "insufficient_capabilities_for_transfer", ""},
		{"payouts that are not allowed are a conflict", 400, stripeError(invalidRequest, "payouts_not_allowed", ""), fault.Conflict, "payouts_not_allowed", ""},
		{"a decline is a conflict", 402, stripeError("card_error", "card_declined", ""), fault.Conflict, "card_declined", ""},
		{"a decline blames no parameter", 402, stripeError("card_error", "incorrect_number", "number"), fault.Conflict, "incorrect_number", ""},
		{"a reused key is a conflict for a person", 400, stripeError("idempotency_error", "", ""), fault.Conflict, "idempotency_error", ""},
		{"a state without a code is a conflict", 400, stripeError(invalidRequest, "", ""), fault.Conflict, "request_refused", ""},
		{"an unknown code without a parameter is a conflict and keeps its code", 400, stripeError(invalidRequest, "brand_new_code", ""), fault.Conflict, "brand_new_code", ""},
		{"an unknown code with a parameter is invalid and keeps both", 400, stripeError(invalidRequest, "brand_new_code", "destination"), fault.Invalid, "brand_new_code", "destination"},
		{"a parameter without a code is invalid", 400, stripeError(invalidRequest, "", "amount"), fault.Invalid, "request_invalid", "amount"},
		{"an amount below the minimum is invalid", 400, stripeError(invalidRequest, "amount_too_small", "amount"), fault.Invalid, "amount_too_small", "amount"},
		{"a wrong key is denied", 401, stripeError(invalidRequest, "", ""), fault.Denied, "permission_denied", ""},
		{"an expired key is denied", 401, stripeError(invalidRequest, "api_key_expired", ""), fault.Denied, "api_key_expired", ""},
		{"a missing permission is denied", 403, stripeError(invalidRequest, "", ""), fault.Denied, "permission_denied", ""},
		{"a disconnected account is denied", 403, stripeError(invalidRequest, "account_invalid", ""), fault.Denied, "account_invalid", ""},
		{"a missing object is not found", 404, stripeError(invalidRequest, "resource_missing", "id"), fault.NotFound, "resource_missing", ""},
		{"a missing destination is not found", 400, stripeError(invalidRequest, "resource_missing", "destination"), fault.NotFound, "resource_missing", ""},
		{"an address that does not exist is no missing object", 404, stripeError(invalidRequest, "", ""), fault.Invalid, "request_invalid", ""},
		{"the rate limit is rate limited", 429, stripeError(invalidRequest, "rate_limit", ""), fault.RateLimited, "rate_limit", ""},
		{"a rate limit without a code is rate limited", 429, stripeError("rate_limit_error", "", ""), fault.RateLimited, "rate_limit", ""},
		{"a lock is rate limited", 429, stripeError(invalidRequest, "lock_timeout", ""), fault.RateLimited, "lock_timeout", ""},
		{"a lock is rate limited under any status", 400, stripeError(invalidRequest, "lock_timeout", ""), fault.RateLimited, "lock_timeout", ""},
		{"a key in use is unavailable", 409, stripeError(invalidRequest, "idempotency_key_in_use", ""), fault.Unavailable, "idempotency_key_in_use", ""},
		{"a key in use is unavailable under the type of key errors", 409, stripeError("idempotency_error", "idempotency_key_in_use", ""), fault.Unavailable, "idempotency_key_in_use", ""},
		{"a key in use is unavailable even without its code", 409, stripeError("idempotency_error", "", ""), fault.Unavailable, "request_in_conflict", ""},
		{"another conflict of requests is unavailable", 409, stripeError(invalidRequest, "", ""), fault.Unavailable, "request_in_conflict", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			client, stub := setup(t, answer(c.status, c.body))

			_, err := client.CreateTransfer(t.Context(), transferRequest())

			require.Equal(t, c.field, requireFault(t, err, c.kind, c.code).Field)
			require.Equal(t, 1, stub.count(), "only the workflow engine may try again")
		})
	}
}

func TestMeanings(t *testing.T) {
	t.Parallel()

	for code, meaning := range map[string]rail.Meaning{
		"balance_insufficient": rail.InsufficientBalance, "insufficient_funds": rail.InsufficientBalance,
		"transfers_not_allowed": rail.AccountNotReady, "payouts_not_allowed": rail.PayoutsDisabled,
		"insufficient_capabilities_for_transfer": rail.AccountNotReady,
		"account_invalid":                        rail.AccountGone, "account_deauthorized": rail.AccountGone, "resource_missing": rail.ObjectMissing,
		"no_account": rail.BankAccountUnusable, "account_closed": rail.BankAccountUnusable, "bank_account_missing": rail.BankAccountMissing,
		"bank_account_unusable": rail.BankAccountUnusable, "bank_account_restricted": rail.BankAccountUnusable,
		"bank_account_declined": rail.BankAccountUnusable, "bank_account_unverified": rail.BankAccountUnusable,
		"bank_account_verification_failed": rail.BankAccountUnusable, "debit_not_authorized": rail.BankAccountUnusable,
		"amount_too_small": rail.AmountTooSmall, "amount_too_large": rail.AmountTooLarge, "country_unsupported": rail.CountryUnsupported,
		"idempotency_error": rail.KeyReused, "charge_disputed": rail.ChargeDisputed,
		"charge_already_refunded": rail.NoMeaning, "api_key_expired": rail.NoMeaning, "brand_new_code": rail.NoMeaning,
	} {
		t.Run("of "+code, func(t *testing.T) {
			t.Parallel()
			client, _ := setup(t, answer(400, stripeError("invalid_request_error", code, "")))

			_, err := client.CreateTransfer(t.Context(), transferRequest())

			require.Equal(t, meaning, rail.MeaningOf(err))
			require.Equal(t, code, fault.CodeOf(err))
		})
	}

	t.Run("follow the code of a decline, too", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(402, stripeError("card_error", "account_closed", "")))

		_, err := client.CreateTransfer(t.Context(), transferRequest())

		requireFault(t, err, fault.Conflict, "account_closed")
		require.Equal(t, rail.BankAccountUnusable, rail.MeaningOf(err))
	})

	t.Run("are missing where the outcome is unknown", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(500, stripeError("invalid_request_error", "balance_insufficient", "")))

		_, err := client.CreateTransfer(t.Context(), transferRequest())

		requireFault(t, err, fault.UnknownOutcome, "balance_insufficient")
		require.Equal(t, rail.NoMeaning, rail.MeaningOf(err))
	})
}

func TestFaultDetails(t *testing.T) {
	t.Parallel()

	t.Run("pass on how long Stripe asks to wait, within reason", func(t *testing.T) {
		t.Parallel()
		for header, wait := range map[string]time.Duration{
			"7": 7 * time.Second, "": 0, "-1": 0, "soon": 0, "999999": time.Hour, "99999999999999999999": 0,
		} {
			client, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Retry-After", header)
				answer(429, stripeError("invalid_request_error", "rate_limit", ""))(w, r)
			})

			_, err := client.GetTransfer(t.Context(), "tr_1")

			require.Equal(t, wait, requireFault(t, err, fault.RateLimited, "rate_limit").RetryAfter)
		}
	})

	t.Run("keep Stripe's request id and drop its sentences", func(t *testing.T) {
		t.Parallel()
		for _, status := range []int{400, 401, 402, 403, 404, 409, 429, 500} {
			client, _ := setup(t, answer(status, stripeError("invalid_request_error", "some_code", "")))

			_, err := client.CreateTransfer(t.Context(), transferRequest())

			require.ErrorContains(t, err, "req_test1")
			requireNoSecrets(t, err)
		}
	})

	t.Run("quote nothing of an unreadable answer", func(t *testing.T) {
		t.Parallel()
		for _, status := range []int{200, 400, 429, 500} {
			client, _ := setup(t, text(status, "Jenny Rosen DE89370400440532013000 "+apiKey+" pi_1_secret_abc")(t))

			_, err := client.CreateTransfer(t.Context(), transferRequest())

			requireNoSecrets(t, err)
		}
	})

	t.Run("accept no code, parameter or request id of an unexpected form", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Request-Id", "Jenny Rosen")
			answer(400, stripeError("Jenny Rosen", "Jenny Rosen", "Jenny Rosen"))(w, r)
		})

		_, err := client.CreateTransfer(t.Context(), transferRequest())

		require.Empty(t, requireFault(t, err, fault.Invalid, "request_invalid").Field)
		requireNoSecrets(t, err)
	})
}

// requireNoSecrets goes through the whole chain, because every link may be logged on its own.
func requireNoSecrets(t *testing.T, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		for _, secret := range []string{"Jenny", "DE89", apiKey, "secret_abc"} {
			require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), secret)
		}
	}
}

func respond(status int, body object) func(*testing.T) http.HandlerFunc {
	return func(*testing.T) http.HandlerFunc { return answer(status, body) }
}

func text(status int, body string) func(*testing.T) http.HandlerFunc {
	return func(*testing.T) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
}

func dialing(err error) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, err },
	}}
}
