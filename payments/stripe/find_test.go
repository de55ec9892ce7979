package stripe_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

// list answers like Stripe: the newest first, from after starting_after, at most perPage.
func list(perPage int, items ...object) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		start := 0
		if after := r.URL.Query().Get("starting_after"); after != "" {
			start = 1 + slices.IndexFunc(items, func(item object) bool { return item["id"] == after })
		}
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		end := min(start+min(perPage, limit), len(items))
		answer(200, object{"object": "list", "data": items[start:end], "has_more": end < len(items)})(w, r)
	}
}

func ofPayout(payoutID string, generation int) object {
	return object{"payout_id": payoutID, "generation": strconv.Itoa(generation)}
}

func TestFindTransfer(t *testing.T) {
	t.Parallel()

	t.Run("finds a transfer on whatever page it is, and only if it is there", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(r *rapid.T) {
			generations := rapid.IntRange(0, 12).Draw(r, "generations")
			perPage := rapid.IntRange(1, 5).Draw(r, "per page")
			wanted := rapid.IntRange(0, 14).Draw(r, "wanted")
			items := []object{}
			for generation := range generations {
				items = append(items, transferObject(fmt.Sprintf("tr_%d", generation), 500, ofPayout("018f-payout", generation)))
			}
			client, stub := setup(t, list(perPage, items...))
			defer stub.Close()

			found, ok, err := client.FindTransfer(t.Context(), "018f-payout", wanted)

			require.NoError(r, err)
			require.Equal(r, wanted < generations, ok)
			if ok {
				require.Equal(r, fmt.Sprintf("tr_%d", wanted), found.ID)
			}
		})
	})

	t.Run("asks for the payout's group and matches payout and generation exactly", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, list(100,
			transferObject("tr_a", 500, ofPayout("018f-other", 1)), transferObject("tr_b", 500, ofPayout("018f-payout", 11)),
			transferObject("tr_c", 500, object{"payout_id": "018f-payout"}), transferObject("tr_d", 500, nil),
			transferObject("tr_e", 500, object{"payout_id": "018f-payout", "generation": "01"})))

		_, ok, err := client.FindTransfer(t.Context(), "018f-payout", 1)

		require.NoError(t, err)
		require.False(t, ok)
		require.Equal(t, "payout/018f-payout", stub.last(t).Query.Get("transfer_group"))
		require.Equal(t, "100", stub.last(t).Query.Get("limit"))
	})

	t.Run("reports two transfers for one generation, on different pages too", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, list(1,
			transferObject("tr_a", 500, ofPayout("018f-payout", 1)), transferObject("tr_b", 500, ofPayout("018f-payout", 1))))

		_, ok, err := client.FindTransfer(t.Context(), "018f-payout", 1)

		requireFault(t, err, fault.Conflict, "duplicate_at_stripe")
		require.False(t, ok)
	})

	t.Run("takes the one that was not reversed, and else the newest", func(t *testing.T) {
		t.Parallel()
		reversed := func(id string) object {
			made := transferObject(id, 500, ofPayout("018f-payout", 1))
			made["reversed"], made["amount_reversed"] = true, 500
			return made
		}
		mixed, _ := setup(t, list(100, reversed("tr_c"), transferObject("tr_b", 500, ofPayout("018f-payout", 1)), reversed("tr_a")))
		over, _ := setup(t, list(100, reversed("tr_b"), reversed("tr_a")))

		alive, ok, err := mixed.FindTransfer(t.Context(), "018f-payout", 1)
		newest, found, none := over.FindTransfer(t.Context(), "018f-payout", 1)

		require.NoError(t, errors.Join(err, none))
		require.True(t, ok && found)
		require.Equal(t, "tr_b", alive.ID)
		require.Equal(t, "tr_b", newest.ID)
	})

	first := transferObject("tr_1", 500, ofPayout("018f-payout", 9))
	for name, c := range map[string]struct {
		second http.HandlerFunc
		kind   fault.Kind
		code   string
	}{
		"fails":                    {answer(500, stripeError("api_error", "", "")), fault.Unavailable, "stripe_server_error"},
		"is limited":               {answer(429, stripeError("invalid_request_error", "rate_limit", "")), fault.RateLimited, "rate_limit"},
		"is no list":               {answer(200, object{}), fault.Unavailable, "stripe_answer_unreadable"},
		"has null for data":        {answer(200, object{"data": nil, "has_more": false}), fault.Unavailable, "stripe_answer_unreadable"},
		"promises more of nothing": {answer(200, object{"data": []any{}, "has_more": true}), fault.Unavailable, "stripe_answer_unreadable"},
		"has a hole":               {answer(200, object{"data": []any{nil}, "has_more": false}), fault.Unavailable, "stripe_answer_unreadable"},
		"has an item without id":   {answer(200, object{"data": []any{object{}}, "has_more": false}), fault.Unavailable, "stripe_answer_unreadable"},
		"is the first page again":  {answer(200, object{"data": []any{first}, "has_more": true}), fault.Unavailable, "lookup_incomplete"},
	} {
		t.Run("never says that there is none when a later page "+name, func(t *testing.T) {
			t.Parallel()
			client, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("starting_after") == "" {
					answer(200, object{"object": "list", "data": []any{first}, "has_more": true})(w, r)
					return
				}
				c.second(w, r)
			})

			_, ok, err := client.FindTransfer(t.Context(), "018f-payout", 1)

			requireFault(t, err, c.kind, c.code)
			require.False(t, ok)
		})
	}

	t.Run("gives up on a list without end", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, func(w http.ResponseWriter, r *http.Request) {
			next := transferObject(r.URL.Query().Get("starting_after")+"x", 500, nil)
			answer(200, object{"object": "list", "data": []any{next}, "has_more": true})(w, r)
		})

		_, _, err := client.FindTransfer(t.Context(), "018f-payout", 1)

		requireFault(t, err, fault.Unavailable, "lookup_incomplete")
		require.LessOrEqual(t, stub.count(), 100)
	})
}

func TestFindBankPayout(t *testing.T) {
	t.Parallel()
	payout := func(id string, metadata object) object {
		return object{"id": id, "object": "payout", "status": "paid", "amount": 500, "currency": "usd", "metadata": metadata}
	}

	t.Run("looks through all pages of the account, automatic payouts included", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, list(1, payout("po_3", object{}), payout("po_2", ofPayout("018f-payout", 2)), payout("po_1", ofPayout("018f-payout", 1))))

		found, ok, err := client.FindBankPayout(t.Context(), "acct_creator1", "018f-payout", 1)

		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, "po_1", found.ID)
		require.Equal(t, 3, stub.count())
		for _, sent := range stub.requests {
			require.Equal(t, "acct_creator1", sent.Header.Get("Stripe-Account"))
		}
	})

	t.Run("passes on that the account is disconnected", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(403, stripeError("invalid_request_error", "account_invalid", "")))

		_, _, err := client.FindBankPayout(t.Context(), "acct_creator1", "018f-payout", 1)

		requireFault(t, err, fault.Denied, "account_invalid")
	})
}

func TestFindReversal(t *testing.T) {
	t.Parallel()
	reversal := func(id string, metadata object) object {
		return object{"id": id, "object": "transfer_reversal", "amount": 500, "currency": "usd", "transfer": "tr_1", "metadata": metadata}
	}
	client, stub := setup(t, list(1, reversal("trr_3", object{"generation": "1"}), reversal("trr_2", ofPayout("018f-payout", 2)), reversal("trr_1", ofPayout("018f-payout", 1))))

	found, ok, err := client.FindReversal(t.Context(), "tr_1", 1)
	_, other, otherErr := client.FindReversal(t.Context(), "tr_1", 3)

	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "trr_1", found.ID)
	require.Equal(t, "tr_1", found.TransferID)
	require.NoError(t, otherErr)
	require.False(t, other)
	require.Equal(t, "/v1/transfers/tr_1/reversals", stub.last(t).Path)
}

func TestListRefunds(t *testing.T) {
	t.Parallel()
	refund := func(id, status, campaignID string) object {
		return object{
			"id": id, "object": "refund", "status": status, "amount": 5, "currency": "usd", "metadata": object{"campaign_id": campaignID},
			"failure_balance_transaction": "txn_of_" + id,
		}
	}
	client, stub := setup(t, list(1, refund("re_4", "failed", "c1"), refund("re_3", "succeeded", "c2"), refund("re_2", "pending", "c1"), refund("re_1", "succeeded", "")))

	found, err := client.ListRefunds(t.Context(), "pi_1")

	require.NoError(t, err)
	require.Len(t, found, 4, "also those made by hand")
	require.Equal(t, "re_4", found[0].ID)
	require.Equal(t, rail.RefundFailed, found[0].Status)
	require.Equal(t, "txn_of_re_4", found[0].FailureTransactionID)
	require.Equal(t, "re_1", found[3].ID)
	require.Equal(t, "pi_1", stub.last(t).Query.Get("payment_intent"))
}

func TestFindFunding(t *testing.T) {
	t.Parallel()
	intent := func(id, campaignID, generation string) object {
		return object{
			"id": id, "object": "payment_intent", "status": "succeeded", "amount": 5, "currency": "usd",
			"metadata": object{"campaign_id": campaignID, "generation": generation},
		}
	}
	client, stub := setup(t, list(1, intent("pi_3", "c2", "1"), intent("pi_2", "c1", "2"), intent("pi_1", "c1", "1")))

	found, ok, err := client.FindFunding(t.Context(), rail.FundingOwner{CampaignID: "c1"}, 1, time.Unix(1700000000, 0))

	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, rail.Funding{ID: "pi_1", Status: rail.FundingSucceeded, AmountMinor: 5, Currency: "USD", CampaignID: "c1", Generation: 1}, found)
	require.Equal(t, "1700000000", stub.last(t).Query.Get("created[gte]"))
}
