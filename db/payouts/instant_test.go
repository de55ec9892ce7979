package payouts_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

// instant is a world in which a creator earned 30.00 in one campaign and 20.00 in another.
type instant struct {
	*world.World
	payoutID string
}

func newInstant(t *testing.T) *instant {
	t.Helper()
	w := world.New(t, 1, nil)
	other := w.Another(t, nil)
	w.Read(t, 0, 1, 6_000)
	other.Read(t, 0, 1, 4_000)
	w.Release(t)
	return &instant{World: w}
}

func offer() payout.InstantOffer {
	return payout.InstantOffer{MinimumMinor: 1_000, MaximumMinor: 999_900, FeeBasisPoints: 100, FeeMinimumMinor: 50, FeeBearer: payout.CreatorBears}
}

// request asks for an instant payout, each time as another request.
func (i *instant) request(change func(*payout.InstantOffer)) payout.ReservationRequest {
	asked := &payout.InstantRequest{Offer: offer(), Actor: "ann", At: world.Now}
	if change != nil {
		change(&asked.Offer)
	}
	return payout.ReservationRequest{
		PayoutID: uuid.NewString(), RunID: uuid.NewString(), CreatorID: i.CreatorIDs[0], Currency: "USD", MinimumMinor: 1_000, Now: world.Now, Instant: asked,
	}
}

func (i *instant) reserve(t *testing.T, change func(*payout.InstantOffer)) payout.Reservation {
	t.Helper()
	reserved, err := i.Payouts.Reserve(t.Context(), i.request(change))
	require.NoError(t, err)
	i.payoutID = reserved.PayoutID
	return reserved
}

func (i *instant) outcome(phase payout.Phase, generation int, id string) payout.Outcome {
	return payout.Outcome{PayoutID: i.payoutID, Phase: phase, Generation: generation, ExternalID: id, Now: world.Now}
}

// transfer brings the payout to the connected account and begins its bank payout.
func (i *instant) transfer(t *testing.T) payout.Intent {
	t.Helper()
	_, err := i.Payouts.RecordIntent(t.Context(), i.payoutID, payout.Transfer, 0, world.Now)
	require.NoError(t, err)
	made := i.outcome(payout.Transfer, 1, "tr_"+i.payoutID)
	made.BeginNext = true
	next, err := i.Payouts.RecordTransferredAndNext(t.Context(), made)
	require.NoError(t, err)
	return next
}

// requireFee requires what the platform has of the fee, and what the creator has available.
func (i *instant) requireFee(t *testing.T, feeMinor, availableMinor int64) {
	t.Helper()
	require.Equal(t, feeMinor, i.Balance(t, ledger.PlatformFees))
	require.Equal(t, availableMinor, i.Balance(t, ledger.CreatorAvailable(i.CreatorIDs[0])))
	i.RequireBooksInOrder(t)
}

func TestReserveInstantPayout(t *testing.T) {
	t.Parallel()

	t.Run("opens a run of its own, charges the fee, and reserves the rest", func(t *testing.T) {
		t.Parallel()
		w := newInstant(t)

		reserved := w.reserve(t, nil)

		require.Equal(t, int64(4_950), reserved.AmountMinor)
		require.Equal(t, int64(50), reserved.FeeMinor)
		require.Equal(t, payout.Instant, reserved.Method)
		w.requireFee(t, 50, 0)
		read, err := w.Payouts.Get(t.Context(), w.payoutID)
		require.NoError(t, err)
		require.Equal(t, int64(4_950), payout.SumMinor(read.Lines))
		run, err := w.Payouts.GetRun(t.Context(), read.RunID)
		require.NoError(t, err)
		require.Equal(t, payout.RunInstant, payout.KindOfRun(run.Number))
		require.Equal(t, payout.Period(world.Now), run.Period)
		require.Equal(t, payout.RunFinished, run.Status)
		require.Equal(t, int32(1), run.Payouts)
		require.Equal(t, "ann", run.StartedBy)
		x, err := w.Audit.ExplainPayout(t.Context(), w.payoutID, db.Page{Size: 100})
		require.NoError(t, err)
		world.RequireAddsUp(t, x)
	})

	t.Run("twice with the same id is one payout, one run and one fee", func(t *testing.T) {
		t.Parallel()
		w := newInstant(t)
		request := w.request(nil)
		first, err := w.Payouts.Reserve(t.Context(), request)
		require.NoError(t, err)

		again, err := w.Payouts.Reserve(t.Context(), request)

		require.NoError(t, err)
		require.Equal(t, first, again)
		w.requireFee(t, 50, 0)
	})

	t.Run("is one of several requests at once, and each other one is refused", func(t *testing.T) {
		t.Parallel()
		w := newInstant(t)
		failures := make([]error, 6)
		weekly := payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: w.OpenRun(t), CreatorID: w.CreatorIDs[0], Currency: "USD", MinimumMinor: 1_000, Now: world.Now}

		var callers sync.WaitGroup
		for n := range failures {
			request := w.request(nil)
			if n == 0 {
				request = weekly // of the weekly run
			}
			callers.Go(func() { _, failures[n] = w.Payouts.Reserve(t.Context(), request) })
		}
		callers.Wait()

		reserved := 0
		for _, err := range failures {
			if err == nil {
				reserved++
				continue
			}
			require.Contains(t, []string{"below_minimum", "account_busy"}, fault.CodeOf(err), err)
		}
		require.Equal(t, 1, reserved)
		runs, err := w.Payouts.ListRuns(t.Context(), payout.RunInstant, payouts.RunPlace{}, 10)
		require.NoError(t, err)
		require.LessOrEqual(t, len(runs), 1, "a refused request leaves no run")
		w.RequireBooksInOrder(t)
	})

	t.Run("takes the fee from several campaigns if the last one has too little", func(t *testing.T) {
		t.Parallel()
		w := newInstant(t)

		reserved := w.reserve(t, func(o *payout.InstantOffer) { o.FeeMinimumMinor = 3_500 })

		require.Equal(t, int64(1_500), reserved.AmountMinor)
		read, err := w.Payouts.Get(t.Context(), w.payoutID)
		require.NoError(t, err)
		require.Len(t, read.Lines, 1, "the other campaign has nothing left to pay")
		w.requireFee(t, 3_500, 0)
		x, err := w.Audit.ExplainPayout(t.Context(), w.payoutID, db.Page{Size: 100})
		require.NoError(t, err)
		world.RequireAddsUp(t, x)
	})

	t.Run("charges nothing if the platform bears the fee", func(t *testing.T) {
		t.Parallel()
		w := newInstant(t)

		reserved := w.reserve(t, func(o *payout.InstantOffer) { o.FeeBearer = payout.PlatformBears })

		require.Equal(t, int64(5_000), reserved.AmountMinor)
		require.Equal(t, payout.Instant, reserved.Method)
		w.requireFee(t, 0, 0)
		require.NoError(t, w.Payouts.Cancel(t.Context(), w.payoutID, payout.Cancelled, world.Now))
		w.requireFee(t, 0, 5_000)
	})

	refused := map[payout.InstantRefusal]func(t *testing.T, w *instant, request *payout.ReservationRequest){
		payout.InstantNotOffered:   func(_ *testing.T, _ *instant, r *payout.ReservationRequest) { r.Instant.Offer = payout.InstantOffer{} },
		payout.InstantBelowMinimum: func(_ *testing.T, _ *instant, r *payout.ReservationRequest) { r.Instant.Offer.MinimumMinor = 5_001 },
		payout.InstantAboveMaximum: func(_ *testing.T, _ *instant, r *payout.ReservationRequest) { r.Instant.Offer.MaximumMinor = 4_999 },
		payout.InstantFeeTooHigh:   func(_ *testing.T, _ *instant, r *payout.ReservationRequest) { r.Instant.FeeMaxMinor = new(int64) },
		payout.InstantAccountMissing: func(t *testing.T, w *instant, _ *payout.ReservationRequest) {
			w.disturb(t, "UPDATE creators SET payout_account = NULL")
		},
		payout.InstantFrozen: func(t *testing.T, w *instant, _ *payout.ReservationRequest) {
			w.disturb(t, "UPDATE creators SET payouts_frozen_at = now(), payouts_frozen_by = 'eve', payouts_frozen_reason = 'suspicion'")
		},
		payout.InstantPaused: func(t *testing.T, w *instant, _ *payout.ReservationRequest) {
			require.NoError(t, w.Edge.SetSwitch(t.Context(), killswitch.Switch{Name: killswitch.Payouts, Off: true, Actor: "eve", Reason: "an incident"}, world.Now))
		},
		payout.InstantBusy: func(t *testing.T, w *instant, _ *payout.ReservationRequest) {
			w.reserve(t, nil)
			w.Read(t, 0, 2, 20_000)
			w.Release(t)
		},
		payout.InstantDiffers: func(t *testing.T, w *instant, _ *payout.ReservationRequest) {
			w.disturb(t, "INSERT INTO reconciliation_passes (id, started_at, since, whole) VALUES ('5f0c9bb5-6f3e-4a7e-9c53-1f4f3e0a7d21', now(), now(), false)")
			w.disturb(t, `INSERT INTO reconciliation_differences (id, class, object_type, object_id, account, subject, ours, theirs, currency, detail, blocking, found_at, found_by, last_seen_at)
				SELECT gen_random_uuid(), 'missing_here', 'transfer', 'tr_stray', payout_account, '', '', '', 'USD', 'planted', true, now(), '5f0c9bb5-6f3e-4a7e-9c53-1f4f3e0a7d21', now() FROM creators`)
		},
	}
	for refusal, prepare := range refused {
		t.Run("is refused with "+string(refusal)+", and changes nothing", func(t *testing.T) {
			t.Parallel()
			w := newInstant(t)
			request := w.request(nil)
			prepare(t, w, &request)
			before := w.Balance(t, ledger.CreatorAvailable(w.CreatorIDs[0]))

			_, err := w.Payouts.Reserve(t.Context(), request)

			require.Equal(t, string(refusal), fault.CodeOf(err))
			require.True(t, fault.Is(err, fault.Conflict))
			require.Equal(t, before, w.Balance(t, ledger.CreatorAvailable(w.CreatorIDs[0])))
			_, err = w.Payouts.GetRun(t.Context(), request.RunID)
			require.True(t, fault.Is(err, fault.NotFound))
		})
	}
}

// disturb changes rows as only the owner of the database can.
func (i *instant) disturb(t *testing.T, statement string) {
	t.Helper()
	_, err := dbtest.Connect(t, i.URL).Exec(t.Context(), statement)
	require.NoError(t, err)
}

func TestInstantFee(t *testing.T) {
	t.Parallel()

	t.Run("is kept by a payout that arrives, and the method belongs to the key", func(t *testing.T) {
		t.Parallel()
		w := newInstant(t)
		w.reserve(t, nil)
		sent := w.transfer(t)
		again, err := w.Payouts.RecordIntent(t.Context(), w.payoutID, payout.BankPayout, 0, world.Now.Add(time.Minute))
		require.NoError(t, err)

		require.NoError(t, w.Payouts.RecordBankPayoutAccepted(t.Context(), w.outcome(payout.BankPayout, 1, "po_1")))
		require.NoError(t, w.Payouts.RecordBankPayoutPaid(t.Context(), w.outcome(payout.BankPayout, 1, "po_1")))

		require.Equal(t, payout.Instant, sent.Method)
		require.Equal(t, payout.Instant, again.Method)
		require.Equal(t, int64(4_950), sent.AmountMinor)
		w.requireFee(t, 50, 0)
	})

	t.Run("is returned with the reservation, once", func(t *testing.T) {
		t.Parallel()
		w := newInstant(t)
		w.reserve(t, nil)

		for range 2 {
			require.NoError(t, w.Payouts.End(t.Context(), payout.Ending{PayoutID: w.payoutID, Final: payout.Cancelled, Now: world.Now, FailureCode: "bank_not_instant"}))
		}

		read, err := w.Payouts.Get(t.Context(), w.payoutID)
		require.NoError(t, err)
		require.Equal(t, "bank_not_instant", read.FailureCode)
		w.requireFee(t, 0, 5_000)
	})

	t.Run("that was returned is paid with the next payout, and both are explained", func(t *testing.T) {
		t.Parallel()
		w := newInstant(t)
		w.reserve(t, func(o *payout.InstantOffer) { o.FeeMinimumMinor = 3_500 })
		require.NoError(t, w.Payouts.Cancel(t.Context(), w.payoutID, payout.Cancelled, world.Now))
		cancelled := w.payoutID
		next := payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: w.OpenRun(t), CreatorID: w.CreatorIDs[0], Currency: "USD", MinimumMinor: 1_000, Now: world.Now}

		reserved, err := w.Payouts.Reserve(t.Context(), next)

		require.NoError(t, err)
		require.Equal(t, int64(5_000), reserved.AmountMinor)
		require.Equal(t, payout.Standard, reserved.Method)
		for _, id := range []string{cancelled, next.PayoutID} {
			x, err := w.Audit.ExplainPayout(t.Context(), id, db.Page{Size: 100})
			require.NoError(t, err)
			world.RequireAddsUp(t, x)
		}
		w.requireFee(t, 0, 0)
	})

	t.Run("is returned once by a refusal that falls back, and the next bank payout is standard", func(t *testing.T) {
		t.Parallel()
		w := newInstant(t)
		w.reserve(t, nil)
		w.transfer(t)
		refused := w.outcome(payout.BankPayout, 1, "")
		refused.FailureCode, refused.FallBack = "instant_payouts_unsupported", true

		for range 2 { // the step may run again after its answer was lost
			require.NoError(t, w.Payouts.RecordRefused(t.Context(), refused))
		}
		next, err := w.Payouts.RecordIntent(t.Context(), w.payoutID, payout.BankPayout, 0, world.Now)
		require.NoError(t, err)
		require.NoError(t, w.Payouts.RecordBankPayoutAccepted(t.Context(), w.outcome(payout.BankPayout, 2, "po_2")))
		require.NoError(t, w.Payouts.RecordBankPayoutPaid(t.Context(), w.outcome(payout.BankPayout, 2, "po_2")))

		require.Equal(t, 2, next.Generation)
		require.NotEqual(t, payout.Instant, next.Method)
		require.Equal(t, int64(4_950), next.AmountMinor, "the amount that was transferred")
		read, err := w.Payouts.Get(t.Context(), w.payoutID)
		require.NoError(t, err)
		require.Equal(t, "instant_payouts_unsupported", read.FallbackCode)
		require.Equal(t, payout.Paid, read.Status)
		require.Equal(t, []payout.Method{payout.Instant, payout.Standard}, methods(read))
		w.requireFee(t, 0, 50)
		x, err := w.Audit.ExplainPayout(t.Context(), w.payoutID, db.Page{Size: 100})
		require.NoError(t, err)
		world.RequireAddsUp(t, x)
	})

	t.Run("stays with a refusal that does not fall back", func(t *testing.T) {
		t.Parallel()
		w := newInstant(t)
		w.reserve(t, nil)
		w.transfer(t)
		require.NoError(t, w.Payouts.RecordRefused(t.Context(), w.outcome(payout.BankPayout, 1, "")))

		next, err := w.Payouts.RecordIntent(t.Context(), w.payoutID, payout.BankPayout, 0, world.Now)

		require.NoError(t, err)
		require.Equal(t, payout.Instant, next.Method)
		w.requireFee(t, 50, 0)
	})

	for _, paid := range []bool{false, true} {
		t.Run(map[bool]string{false: "is returned when the bank refuses the payout", true: "is returned when the bank returns a paid payout"}[paid]+", and not again at its end", func(t *testing.T) {
			t.Parallel()
			w := newInstant(t)
			w.reserve(t, nil)
			w.transfer(t)
			require.NoError(t, w.Payouts.RecordBankPayoutAccepted(t.Context(), w.outcome(payout.BankPayout, 1, "po_1")))
			if paid {
				require.NoError(t, w.Payouts.RecordBankPayoutPaid(t.Context(), w.outcome(payout.BankPayout, 1, "po_1")))
			}
			failed := w.outcome(payout.BankPayout, 1, "po_1")
			failed.FailureCode, failed.FailureObjectID = "declined", "txn_1"
			require.NoError(t, w.Payouts.RecordBankPayoutFailed(t.Context(), failed))
			w.requireFee(t, 0, 50)

			_, err := w.Payouts.RecordIntent(t.Context(), w.payoutID, payout.Reversal, 0, world.Now)
			require.NoError(t, err)
			require.NoError(t, w.Payouts.RecordReversed(t.Context(), w.outcome(payout.Reversal, 1, "trr_1")))
			require.NoError(t, w.Payouts.Cancel(t.Context(), w.payoutID, payout.Returned, world.Now))

			w.requireFee(t, 0, 5_000)
		})
	}

	for how, availableMinor := range map[payout.SettleHow]int64{payout.PaidToCreator: 50, payout.Lost: 5_000} {
		t.Run("is returned when people settle the payout as "+string(how), func(t *testing.T) {
			t.Parallel()
			w := newInstant(t)
			w.reserve(t, nil)
			w.transfer(t)
			require.NoError(t, w.Payouts.RecordRefused(t.Context(), w.outcome(payout.BankPayout, 1, "")))
			require.NoError(t, w.Payouts.Park(t.Context(), w.payoutID, payout.NeedsAttention, payout.RefusedByStripe, ""))

			w.Correct(t, correction.Proposal{
				ID: uuid.NewString(), Kind: correction.SettlePayout, Currency: "USD", PayoutID: w.payoutID, How: correction.How(how), ProposedBy: "ann",
				Reason: "no rule can settle it", Evidence: "the bank statement of 2 March", Reference: "po_outside", Now: world.Now,
			})

			w.requireFee(t, 0, availableMinor)
		})
	}
}

func methods(read payouts.Detail) []payout.Method {
	var found []payout.Method
	for _, attempt := range read.Attempts {
		if attempt.Phase == payout.BankPayout {
			found = append(found, attempt.Method)
		}
	}
	return found
}
