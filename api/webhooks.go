package api

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/creditroll/creditroll/db/edge"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

const (
	webhookBytesMax  = 256 << 10
	headerSignature  = "Stripe-Signature"
	providerOfStripe = "stripe"
)

// receiveStripeWebhook stores a signed event and acknowledges it. It is delivered afterwards, so
// the acknowledgement only means that the event is stored.
func (s *Server) receiveStripeWebhook(c echo.Context) error {
	payload, err := readBody(c, webhookBytesMax)
	if err != nil {
		return tooLargeWebhook(err)
	}
	now := s.now()
	event, err := s.config.VerifyWebhook(payload, c.Request().Header.Get(headerSignature), now)
	if err != nil {
		return unauthorizedWebhook(err)
	}
	event.PayoutID, event.CampaignID = onlyUUID(event.PayoutID), onlyUUID(event.CampaignID)
	event.DepositID, event.WithdrawalID = onlyUUID(event.DepositID), onlyUUID(event.WithdrawalID)
	notice := s.config.RouteWebhook(event)
	isNew, err := s.config.Store.Edge.RecordWebhook(c.Request().Context(), edge.NewWebhook{
		Provider: providerOfStripe, Event: event, Concern: notice.Concern, Payload: payload, ClaimedUntil: now.Add(claimFor),
	})
	if err != nil {
		return err
	}
	if s.config.AfterInboxInsert != nil {
		s.config.AfterInboxInsert()
	}
	if isNew && notice.Concern != rail.ConcernNone {
		s.deliveries.add(delivery{provider: providerOfStripe, eventID: event.ID, notice: notice})
	}
	return c.NoContent(http.StatusOK)
}

// onlyUUID ignores metadata of another form, which other systems may have written.
func onlyUUID(text string) string {
	if isUUID(text) {
		return text
	}
	return ""
}

// unauthorizedWebhook answers a wrong signature with 401 instead of 403, because the sender is
// unknown.
func unauthorizedWebhook(err error) error {
	found, ok := fault.As(err)
	if ok && found.Kind == fault.Denied {
		return &httpFault{status: http.StatusUnauthorized, fault: found}
	}
	return err
}

func tooLargeWebhook(err error) error { return tooLarge(err, "256 KiB") }

func tooLargeNotification(err error) error { return tooLarge(err, "16 MiB") }

func tooLarge(err error, limit string) error {
	var exceeded *http.MaxBytesError
	if errors.As(err, &exceeded) {
		return &httpFault{status: http.StatusRequestEntityTooLarge, fault: fault.New(fault.Invalid, "body_too_large", "the webhook is too large: the limit is %s", limit)}
	}
	return err
}
