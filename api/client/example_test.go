package client_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/creditroll/creditroll/api/client"
)

// serve stands for the API: it knows one payout.
func serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") != "Bearer a-token":
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/v1/payouts/01959d5e-0000-7000-8000-000000000001":
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{
			"payout": {"id": "01959d5e-0000-7000-8000-000000000001", "status": "paid", "amount_minor": 5000, "currency": "USD"},
			"lines": [{"campaign_id": "01959d5e-0000-7000-8000-000000000002", "amount_minor": 5000}],
			"attempts": []}`)
	default:
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"status": 404, "code": "payout_not_found", "title": "Not found", "detail": "no such payout", "request_id": "r1"}`)
	}
}

// An answer has a field for each form: the object if the request succeeded, a problem if not.
func Example() {
	api := httptest.NewServer(http.HandlerFunc(serve))
	defer api.Close()
	authenticated := client.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer a-token")
		return nil
	})
	creditroll, err := client.NewClientWithResponses(api.URL, authenticated)
	if err != nil {
		fmt.Println(err)
		return
	}

	for _, id := range []string{"01959d5e-0000-7000-8000-000000000001", "01959d5e-0000-7000-8000-000000000009"} {
		answer, err := creditroll.GetPayoutWithResponse(context.Background(), id)
		switch {
		case err != nil:
			fmt.Println("the request failed:", err)
		case answer.JSON200 != nil:
			fmt.Println(answer.JSON200.Payout.Status, answer.JSON200.Payout.AmountMinor, answer.JSON200.Payout.Currency)
		default:
			problem := answer.ApplicationproblemJSONDefault
			fmt.Println(answer.StatusCode(), problem.Code+":", problem.Detail)
		}
	}
	// Output:
	// paid 5000 USD
	// 404 payout_not_found: no such payout
}
