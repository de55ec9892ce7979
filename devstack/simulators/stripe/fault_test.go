package stripe_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

func TestFaults(t *testing.T) {
	t.Parallel()

	t.Run("a connection reset after the effect leaves a transfer that can be found", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		b.control(http.MethodPost, "faults", faults.Rule{Method: "POST", Path: "/v1/transfers", Action: faults.ResetAfter}, nil)

		_, err := b.api.Transfers.New(keyed(10_00, creator.ID, "k"))

		require.Error(t, err)
		var refusal *stripe.Error
		require.NotErrorAs(t, err, &refusal, "the outcome is unknown, not refused")
		found := b.api.Transfers.List(&stripe.TransferListParams{TransferGroup: stripe.String("payout/p1")}).TransferList().Data
		require.Len(t, found, 1)
		b.requireAvailable(creator.ID, 10_00)
		again, err := b.api.Transfers.New(keyed(10_00, creator.ID, "k"))
		require.NoError(t, err)
		require.Equal(t, found[0].ID, again.ID)
		require.Len(t, b.effects("transfer.applied"), 1)
	})

	t.Run("without a key, resending after such a reset pays twice, as at Stripe", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		b.control(http.MethodPost, "faults", faults.Rule{Path: "/v1/transfers", Action: faults.ResetAfter}, nil)

		_, err := b.api.Transfers.New(transferParams(10_00, creator.ID))
		require.Error(t, err)
		b.transfer(10_00, creator.ID)

		b.requireAvailable(creator.ID, 20_00)
	})

	t.Run("stripe-go's own retries reuse its key and pay once", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		b.control(http.MethodPost, "faults", faults.Rule{Path: "/v1/transfers", Action: faults.ResetAfter}, nil)

		_, err := newClient(b.url, 2).Transfers.New(transferParams(10_00, creator.ID))

		require.NoError(t, err)
		b.requireAvailable(creator.ID, 10_00)
	})

	t.Run("a connection reset before the effect causes no effect", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		b.control(http.MethodPost, "faults", faults.Rule{Path: "/v1/transfers", Action: faults.ResetBefore}, nil)

		_, err := b.api.Transfers.New(keyed(10_00, creator.ID, "k"))

		require.Error(t, err)
		require.Empty(t, b.effects("transfer.applied"))
		b.requireAvailable(creator.ID, 0)
	})

	t.Run("a scripted refusal has the status, code and message of its rule", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.control(http.MethodPost, "faults", faults.Rule{
			Path: "/v1/transfers", Action: faults.Refuse, Status: 400, Code: "transfers_not_allowed", Message: "Not today.",
		}, nil)

		_, err := b.api.Transfers.New(transferParams(10_00, "acct_any"))

		require.Equal(t, "Not today.", requireRefusal(t, err, 400, stripe.ErrorCodeTransfersNotAllowed).Msg)
	})

	t.Run("an unreadable answer is an error of the client", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.control(http.MethodPost, "faults", faults.Rule{Path: "/v1/balance", Action: faults.Garbage}, nil)

		_, err := b.api.Balance.Get(nil)

		require.Error(t, err)
	})

	t.Run("a caller that disconnects from a request held inside does not undo it", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		b.control(http.MethodPost, "faults", faults.Rule{Path: "/v1/transfers", Action: faults.Hang, Inside: true}, nil)
		ctx, leave := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() {
			params := keyed(10_00, creator.ID, "k")
			params.Context = ctx
			_, err := b.api.Transfers.New(params)
			failed <- err
		}()
		_, err := b.sim.Journal().Wait(t.Context(), 0, func(e faults.Entry) bool { return e.Fault == faults.Hang })
		require.NoError(t, err)

		leave()

		require.Error(t, <-failed)
		_, err = b.sim.Journal().Wait(t.Context(), 0, func(e faults.Entry) bool { return e.Kind == "transfer.applied" })
		require.NoError(t, err)
	})
}

func TestAuthentication(t *testing.T) {
	t.Parallel()

	t.Run("a request without a key is refused", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		response, err := http.Get(b.url + "/v1/balance")

		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusUnauthorized, response.StatusCode)
		require.NotEmpty(t, response.Header.Get("Request-Id"))
	})

	t.Run("an unknown address is not found", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		_, err := b.api.Coupons.Get("c", nil)

		requireRefusal(t, err, 404, "")
	})
}
