package stripe_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

func keyed(amountMinor int64, destination, key string) *stripe.TransferParams {
	params := transferParams(amountMinor, destination)
	params.SetIdempotencyKey(key)
	return params
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()

	t.Run("the same request twice has one effect and one answer", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)

		first, err := b.api.Transfers.New(keyed(10_00, creator.ID, "k"))
		require.NoError(t, err)
		second, err := b.api.Transfers.New(keyed(10_00, creator.ID, "k"))
		require.NoError(t, err)

		require.Equal(t, first.LastResponse.RawJSON, second.LastResponse.RawJSON)
		require.Equal(t, "true", second.LastResponse.Header.Get("Idempotent-Replayed"))
		require.Equal(t, first.LastResponse.RequestID, second.LastResponse.Header.Get("Original-Request"))
		require.Len(t, b.effects("transfer.applied"), 1)
	})

	t.Run("other parameters under the same key are an idempotency error", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		_, err := b.api.Transfers.New(keyed(10_00, creator.ID, "k"))
		require.NoError(t, err)

		_, err = b.api.Transfers.New(keyed(10_01, creator.ID, "k"))

		require.Equal(t, stripe.ErrorTypeIdempotency, requireRefusal(t, err, 400, "").Type)
		require.Len(t, b.effects("transfer.applied"), 1)
	})

	t.Run("a refusal that was executed is replayed even when its cause is removed", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		creator := b.creator(goodNumber)
		_, err := b.api.Transfers.New(keyed(10_00, creator.ID, "k"))
		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
		b.fund(100_00, "pm_card_visa")

		_, err = b.api.Transfers.New(keyed(10_00, creator.ID, "k"))
		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
		_, err = b.api.Transfers.New(keyed(10_00, creator.ID, "k2"))

		require.NoError(t, err)
	})

	t.Run("an invalid parameter is not saved", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		_, err := b.api.Transfers.New(keyed(-1, creator.ID, "k"))
		requireRefusal(t, err, 400, stripe.ErrorCodeParameterInvalidInteger)

		_, err = b.api.Transfers.New(keyed(10_00, creator.ID, "k"))

		require.NoError(t, err)
	})

	t.Run("a server error after execution began is replayed, with or without its effect", func(t *testing.T) {
		t.Parallel()
		for _, afterEffect := range []bool{false, true} {
			b := setup(t)
			b.fund(100_00, "pm_card_visa")
			creator := b.creator(goodNumber)
			_, err := b.sim.Faults().Add(faults.Rule{Path: "/v1/transfers", Action: faults.ServerError, Inside: true, AfterEffect: afterEffect})
			require.NoError(t, err)

			for range 2 {
				_, err = b.api.Transfers.New(keyed(10_00, creator.ID, "k"))
				require.Equal(t, stripe.ErrorTypeAPI, requireRefusal(t, err, 500, "").Type)
			}

			require.Len(t, b.effects("transfer.applied"), map[bool]int{false: 0, true: 1}[afterEffect])
		}
	})

	t.Run("a rate limit is not saved", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		_, err := b.sim.Faults().Add(faults.Rule{Path: "/v1/transfers", Action: faults.RateLimit})
		require.NoError(t, err)

		_, err = b.api.Transfers.New(keyed(10_00, creator.ID, "k"))
		requireRefusal(t, err, 429, stripe.ErrorCodeRateLimit)
		_, err = b.api.Transfers.New(keyed(10_00, creator.ID, "k"))

		require.NoError(t, err)
	})

	t.Run("a key in use is answered with 409, and the first request still counts once", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		rule, err := b.sim.Faults().Add(faults.Rule{Path: "/v1/transfers", Action: faults.Hang, Inside: true})
		require.NoError(t, err)
		first := make(chan error, 1)
		go func() {
			_, err := b.api.Transfers.New(keyed(10_00, creator.ID, "k"))
			first <- err
		}()
		_, err = b.sim.Journal().Wait(t.Context(), 0, func(e faults.Entry) bool { return e.Fault == faults.Hang })
		require.NoError(t, err)

		require.Eventually(t, func() bool {
			var state struct {
				Keys []string `json:"idempotency_keys"`
			}
			b.control(http.MethodGet, "state", nil, &state)
			return slices.ContainsFunc(state.Keys, func(key string) bool { return strings.HasSuffix(key, "|k") })
		}, 10*time.Second, time.Millisecond, "the held request claims its key")

		_, err = b.api.Transfers.New(keyed(10_00, creator.ID, "k"))
		requireRefusal(t, err, 409, stripe.ErrorCodeIdempotencyKeyInUse)
		b.sim.Faults().Release(rule.ID)

		require.NoError(t, <-first)
		require.Len(t, b.effects("transfer.applied"), 1)
	})

	t.Run("a key is forgotten after 24 hours", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		first, err := b.api.Transfers.New(keyed(10_00, creator.ID, "k"))
		require.NoError(t, err)

		b.sim.Advance(24 * time.Hour)
		second, err := b.api.Transfers.New(keyed(10_00, creator.ID, "k"))

		require.NoError(t, err)
		require.NotEqual(t, first.ID, second.ID)
	})

	t.Run("accounts do not share keys", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		one, two := b.creator(goodNumber), b.creator(goodNumber)
		b.transfer(10_00, one.ID)
		b.transfer(10_00, two.ID)
		for _, account := range []string{one.ID, two.ID} {
			params := payoutParams(5_00, account)
			params.SetIdempotencyKey("k")

			_, err := b.api.Payouts.New(params)

			require.NoError(t, err)
		}
		require.Len(t, b.effects("payout.applied"), 2)
	})

	t.Run("a key of 256 characters is refused", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/v1/transfers", nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer sk_test_123")
		request.Header.Set("Idempotency-Key", strings.Repeat("k", 256))

		response, err := http.DefaultClient.Do(request)

		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusBadRequest, response.StatusCode)
	})
}
