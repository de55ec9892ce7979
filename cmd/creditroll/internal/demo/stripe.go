package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

// stripeAPI is a client of Stripe for creators and auditors. It shares no code with the
// product's client, because that client is under test.
type stripeAPI struct{ base, key string }

const stripePage = 100

type stripeError struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// call sends a form and reads JSON, for a connected account or, with an empty account, for the
// platform.
func (s *stripeAPI) call(ctx context.Context, method, path, account string, form url.Values, into any) error {
	address, body := strings.TrimSuffix(s.base, "/")+path, ""
	if method == http.MethodGet {
		address += "?" + form.Encode()
	} else {
		body = form.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+s.key)
	if method != http.MethodGet {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if account != "" {
		request.Header.Set("Stripe-Account", account)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= http.StatusMultipleChoices {
		var problem stripeError
		_ = json.Unmarshal(content, &problem) // without JSON there is no code, and the status is enough
		return fmt.Errorf("stripe answered %d to %s %s: %s %s", answer.StatusCode, method, path, problem.Error.Code, problem.Error.Message)
	}
	return json.Unmarshal(content, into)
}

// createAccount creates a connected account with a bank account in each currency, and in euros only for a
// creator abroad. An unverified creator has submitted no information.
func (s *stripeAPI) createAccount(ctx context.Context, planned creatorPlan, nonce string) (string, error) {
	form := url.Values{
		"type": {"custom"}, "country": {"US"}, "business_type": {"individual"},
		"capabilities[transfers][requested]": {"true"}, "metadata[demo]": {nonce},
		"settings[payouts][schedule][interval]": {"manual"}, // the product decides when money goes to the bank
	}
	first := inDollars
	if planned.abroad {
		first = inEuros
		form.Set("country", "DE")
	}
	maps.Copy(form, first)
	if !planned.unverified {
		for name, value := range map[string]string{
			"tos_acceptance[date]": strconv.FormatInt(time.Now().Unix(), 10), "tos_acceptance[ip]": "127.0.0.1",
			"individual[first_name]": "Demo", "individual[last_name]": "Creator",
			"individual[dob][day]": "1", "individual[dob][month]": "1", "individual[dob][year]": "1990",
		} {
			form.Set(name, value)
		}
	}
	var account struct {
		ID string `json:"id"`
	}
	if err := s.call(ctx, http.MethodPost, "/v1/accounts", "", form, &account); err != nil || planned.abroad {
		return account.ID, err
	}
	var bank struct {
		ID string `json:"id"`
	}
	return account.ID, s.call(ctx, http.MethodPost, "/v1/accounts/"+account.ID+"/external_accounts", "", inEuros, &bank)
}

// The bank accounts of creators.
var (
	inDollars = url.Values{
		"external_account[object]": {"bank_account"}, "external_account[country]": {"US"}, "external_account[currency]": {"usd"},
		"external_account[routing_number]": {"110000000"}, "external_account[account_number]": {"000123456789"},
	}
	inEuros = url.Values{
		"external_account[object]": {"bank_account"}, "external_account[country]": {"DE"}, "external_account[currency]": {"eur"},
		"external_account[account_number]": {"DE89370400440532013000"},
	}
)

// stripeObject is an object at Stripe, in the product's terms.
type stripeObject struct {
	kind        string
	id          string
	payoutID    string
	amountMinor int64
	currency    string
	// status is set for bank payouts: paid, failed, canceled or in transit.
	status string
}

// The kinds of objects. All except charges are kinds of audit.external_objects.
const (
	kindCharge   = "charge" // a succeeded payment in the journal
	kindPayment  = "payment_intent"
	kindTransfer = "transfer"
	kindReversal = "transfer_reversal"
	kindPayout   = "payout"
	kindRefund   = "refund"
	kindFee      = "balance_transaction" // a fee that Stripe takes from the balance
)

// settled reports whether money has moved, so that the books must have the object.
func (o stripeObject) settled() bool {
	switch o.kind {
	case kindPayment:
		return o.status == "succeeded"
	case kindPayout:
		return o.status == "paid" || o.status == "failed"
	}
	return true
}

func (o stripeObject) key() string { return o.kind + " " + o.id }

// list reads all objects of the platform and the bank payouts of some accounts.
func (s *stripeAPI) list(ctx context.Context, accounts []string) ([]stripeObject, error) {
	var objects []stripeObject
	for kind, path := range map[string]string{kindPayment: "/v1/payment_intents", kindTransfer: "/v1/transfers", kindRefund: "/v1/refunds"} {
		found, err := s.pages(ctx, kind, path, "")
		if err != nil {
			return nil, err
		}
		objects = append(objects, found...)
		if kind != kindTransfer {
			continue
		}
		for _, transfer := range found {
			reversals, err := s.pages(ctx, kindReversal, path+"/"+transfer.id+"/reversals", "")
			if err != nil {
				return nil, err
			}
			objects = append(objects, reversals...)
		}
	}
	fees, err := s.pages(ctx, kindFee, "/v1/balance_transactions", "")
	if err != nil {
		return nil, err
	}
	objects = append(objects, fees...)
	for _, account := range accounts {
		found, err := s.pages(ctx, kindPayout, "/v1/payouts", account)
		if err != nil {
			return nil, err
		}
		objects = append(objects, found...)
	}
	return objects, nil
}

// balances reads the platform's balance by currency, available and pending together.
func (s *stripeAPI) balances(ctx context.Context) (map[string]int64, error) {
	type part struct {
		Amount   int64  `json:"amount"`
		Currency string `json:"currency"`
	}
	var balance struct {
		Available []part `json:"available"`
		Pending   []part `json:"pending"`
	}
	if err := s.call(ctx, http.MethodGet, "/v1/balance", "", nil, &balance); err != nil {
		return nil, err
	}
	held := map[string]int64{}
	for _, each := range append(balance.Available, balance.Pending...) {
		held[strings.ToUpper(each.Currency)] += each.Amount
	}
	return held, nil
}

func (s *stripeAPI) pages(ctx context.Context, kind, path, account string) ([]stripeObject, error) {
	var objects []stripeObject
	query := url.Values{"limit": {strconv.Itoa(stripePage)}}
	if kind == kindFee {
		query.Set("type", "stripe_fee")
	}
	for {
		var page struct {
			HasMore bool `json:"has_more"`
			Data    []struct {
				ID       string            `json:"id"`
				Amount   int64             `json:"amount"`
				Currency string            `json:"currency"`
				Status   string            `json:"status"`
				Metadata map[string]string `json:"metadata"`
			} `json:"data"`
		}
		if err := s.call(ctx, http.MethodGet, path, account, query, &page); err != nil {
			return nil, err
		}
		for _, item := range page.Data {
			objects = append(objects, stripeObject{
				kind: kind, id: item.ID, payoutID: item.Metadata["payout_id"], amountMinor: item.Amount,
				currency: strings.ToUpper(item.Currency), status: item.Status,
			})
		}
		if !page.HasMore || len(page.Data) == 0 {
			return objects, nil
		}
		query.Set("starting_after", page.Data[len(page.Data)-1].ID)
	}
}

// fromJournal returns the objects in the simulator's journal, which is independent of its
// lists.
func fromJournal(entries []faults.Entry) []stripeObject {
	kinds := map[string]string{
		"charge.succeeded": kindCharge, "transfer.applied": kindTransfer, "reversal.applied": kindReversal,
		"refund.applied": kindRefund, "payout.applied": kindPayout, "fee.charged": kindFee,
	}
	statuses := map[string]string{"payout.paid": "paid", "payout.failed": "failed", "payout.canceled": "canceled"}
	var objects []stripeObject
	place := map[string]int{}
	for _, entry := range entries {
		if kind, applied := kinds[entry.Kind]; applied {
			object := stripeObject{
				kind: kind, id: entry.ObjectID, payoutID: entry.Metadata["payout_id"], amountMinor: entry.AmountMinor,
				currency: strings.ToUpper(entry.Currency),
			}
			place[object.key()] = len(objects)
			objects = append(objects, object)
		}
		if status, moved := statuses[entry.Kind]; moved {
			if at, known := place[kindPayout+" "+entry.ObjectID]; known {
				objects[at].status = status
			}
		}
	}
	return objects
}
