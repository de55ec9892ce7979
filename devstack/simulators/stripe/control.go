package stripe

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"
)

// controlRoutes are the routes of the control API; doc.go lists them.
func (s *Simulator) controlRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /_sim/state", s.locked(func(*http.Request, controlInput) (any, error) { return s.dumpLocked(), nil }))
	mux.HandleFunc("POST /_sim/reset", s.locked(s.resetLocked))
	mux.HandleFunc("GET /_sim/clock", s.serveClock)
	mux.HandleFunc("POST /_sim/clock", s.serveClock)

	mux.HandleFunc("POST /_sim/lists", s.locked(s.setListLag))
	mux.HandleFunc("POST /_sim/refund_windows", s.locked(s.setRefundWindows))
	mux.HandleFunc("POST /_sim/instant_payouts", s.locked(s.setInstantRules))
	mux.HandleFunc("POST /_sim/fees", s.locked(s.setFees))
	mux.HandleFunc("POST /_sim/fees/charge", s.locked(s.chargeFee))
	mux.HandleFunc("POST /_sim/conversion", s.locked(s.setConversion))
	mux.HandleFunc("POST /_sim/platform", s.locked(s.forcePlatform))
	mux.HandleFunc("POST /_sim/platform/banks", s.locked(s.changePlatformBank))
	mux.HandleFunc("POST /_sim/reserves", s.locked(s.holdReserve))
	mux.HandleFunc("POST /_sim/reserves/{id}/release", s.locked(s.releaseReserve))
	mux.HandleFunc("POST /_sim/topups", s.locked(s.topUpByHand))
	mux.HandleFunc("POST /_sim/topups/{id}/{step}", s.locked(s.forceTopup))

	mux.HandleFunc("POST /_sim/transfers/{id}/reverse", s.locked(s.reverseByHand))
	mux.HandleFunc("POST /_sim/refunds", s.locked(s.refundByHand))
	mux.HandleFunc("POST /_sim/charges/{id}/card_gone", s.locked(s.loseCard))
	mux.HandleFunc("POST /_sim/payouts/{id}/{step}", s.locked(s.forcePayout))
	mux.HandleFunc("POST /_sim/refunds/{id}/{step}", s.locked(s.forceRefund))
	mux.HandleFunc("POST /_sim/payment_intents/{id}/{step}", s.locked(s.forceIntent))
	mux.HandleFunc("POST /_sim/disputes", s.locked(s.scriptDispute))
	mux.HandleFunc("POST /_sim/disputes/{id}/{step}", s.locked(s.forceDispute))

	mux.HandleFunc("POST /_sim/accounts/{id}", s.locked(s.overrideAccount))
	mux.HandleFunc("DELETE /_sim/accounts/{id}/override", s.locked(s.overrideAccount))
	mux.HandleFunc("POST /_sim/accounts/{id}/{step}", s.locked(s.forceAccount))
	mux.HandleFunc("GET /_sim/onboard/{id}", s.onboard)
	mux.HandleFunc("POST /_sim/verifications/{id}/{step}", s.locked(s.forceVerification))
	mux.HandleFunc("GET /_sim/verify/{id}", s.verifyPage)

	mux.HandleFunc("GET /_sim/webhooks", s.serveWebhooks)
	mux.HandleFunc("POST /_sim/webhooks", s.serveWebhooks)
	mux.HandleFunc("POST /_sim/webhooks/redeliver", s.locked(s.redeliverMissed))
	mux.HandleFunc("POST /_sim/events/{id}/redeliver", s.locked(s.redeliverOne))
}

// controlInput is the body of every control call. Each call reads the fields that it needs.
type controlInput struct {
	accountOverride
	FailureCode    string `json:"failure_code"`
	Charge         string `json:"charge"`
	PaymentIntent  string `json:"payment_intent"`
	AmountMinor    int64  `json:"amount_minor"`
	Currency       string `json:"currency"`
	Country        string `json:"country"`
	Reason         string `json:"reason"`
	Schedule       string `json:"schedule"`
	WeeklyAnchor   string `json:"weekly_anchor"`
	MonthlyAnchor  int64  `json:"monthly_anchor"`
	Instant        *bool  `json:"instant"`
	Lag            string `json:"lag"`
	BankWindow     string `json:"us_bank_account"`
	CardWindow     string `json:"card"`
	Enabled        *bool  `json:"enabled"`
	DayLimitMinor  int64  `json:"day_limit_minor"`
	FeeBasisPoints int64  `json:"fee_basis_points"`
	Type           string `json:"type"`
	Description    string `json:"description"`
	feeInput
	Rates                    map[string]string `json:"rates"`
	ConversionFeeBasisPoints *int64            `json:"conversion_fee_basis_points"`
	TransferFeeListed        *bool             `json:"transfer_fee_listed"`
}

var errNotFound = errors.New("no such object")

// locked runs a control call on the locked state and answers in JSON.
func (s *Simulator) locked(run func(*http.Request, controlInput) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var input controlInput
		if err := readControl(r, &input); err != nil {
			writeControl(w, http.StatusBadRequest, object{"error": err.Error()})
			return
		}
		result, err := s.runControl(r, input, run)
		switch {
		case errors.Is(err, errNotFound):
			writeControl(w, http.StatusNotFound, object{"error": err.Error()})
		case err != nil:
			writeControl(w, http.StatusConflict, object{"error": err.Error()})
		default:
			writeControl(w, http.StatusOK, result)
		}
	}
}

// runControl encodes the result under the lock, but does not write it, because the client may
// be slow.
func (s *Simulator) runControl(r *http.Request, input controlInput, run func(*http.Request, controlInput) (any, error)) (json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.saveLocked()
	s.settleLocked()
	result, err := run(r, input)
	return encode(result), err
}

func readControl(r *http.Request, into any) error { return decodeControl(r.Body, into) }

func decodeControl(body io.Reader, into any) error {
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func writeControl(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (s *Simulator) serveClock(w http.ResponseWriter, r *http.Request) {
	var input struct {
		Advance   string  `json:"advance"`
		AdvanceMs int64   `json:"advance_ms"`
		Factor    float64 `json:"factor"`
	}
	err := readControl(r, &input)
	by := time.Duration(input.AdvanceMs) * time.Millisecond
	if err == nil && input.Advance != "" {
		by, err = time.ParseDuration(input.Advance)
	}
	if err == nil && (by < 0 || input.Factor < 0) {
		err = errors.New("time only moves forward")
	}
	if err != nil {
		writeControl(w, http.StatusBadRequest, object{"error": err.Error()})
		return
	}
	if input.Factor > 0 {
		s.clock.setFactor(input.Factor)
		s.nudge()
	}
	if by > 0 {
		s.Advance(by)
	}
	writeControl(w, http.StatusOK, object{"now": s.clock.now().UTC().Format(time.RFC3339Nano), "offset_ms": s.clock.offset().Milliseconds()})
}

// SetWebhook sets the receiver of later events.
func (s *Simulator) SetWebhook(url, secret string) {
	s.hooks.change(func(settings *webhookSettings) { settings.URL, settings.Secret = url, secret })
}

// serveWebhooks changes the settings that the body names and keeps the others.
func (s *Simulator) serveWebhooks(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	settings := s.hooks.change(func(current *webhookSettings) {
		changed := *current
		changed.EnabledEvents, changed.LostEvents = nil, nil // a list in the body replaces the present one
		err = errors.Join(err, decodeControl(bytes.NewReader(body), &changed))
		if changed.EnabledEvents == nil {
			changed.EnabledEvents = current.EnabledEvents
		}
		if changed.LostEvents == nil {
			changed.LostEvents = current.LostEvents
		}
		if err = errors.Join(err, changed.check()); err == nil {
			*current = changed
		}
	})
	if err != nil {
		writeControl(w, http.StatusBadRequest, object{"error": err.Error()})
		return
	}
	writeControl(w, http.StatusOK, settings)
}

func (w webhookSettings) check() error {
	switch {
	case !slices.Contains(webhookModes, w.Mode):
		return errors.New("mode must be one of normal, late, twice, reverse, off")
	case !slices.Contains(endpointStatuses, w.Status):
		return errors.New("status must be enabled or disabled")
	}
	return nil
}

func (s *Simulator) redeliverOne(r *http.Request, _ controlInput) (any, error) {
	e, ok := s.st.Events.byID[r.PathValue("id")]
	if !ok {
		return nil, errNotFound
	}
	return s.redeliverLocked([]*event{e})
}

// redeliverMissed sends every event that no receiver has accepted yet.
func (s *Simulator) redeliverMissed(*http.Request, controlInput) (any, error) {
	var missed []*event
	for _, e := range s.st.Events.order {
		if e.Deliveries == 0 && s.hooks.takes(e.Type, e.Owner != PlatformID) {
			missed = append(missed, e)
		}
	}
	return s.redeliverLocked(missed)
}

func (s *Simulator) redeliverLocked(events []*event) (any, error) {
	for _, e := range events {
		if !s.hooks.redeliver(e.ID, s.bodyOf(e)) {
			return nil, errors.New("no webhook url is set")
		}
		e.Undecided = true
	}
	return object{"redelivered": len(events)}, nil
}
