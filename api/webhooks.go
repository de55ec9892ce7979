package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/creditroll/creditroll/db/edge"
	"github.com/creditroll/creditroll/domain/fault"
)

const (
	webhookBytesMax  = 256 << 10
	wakeTimeout      = 2 * time.Second
	headerSignature  = "Stripe-Signature"
	providerOfStripe = "stripe"
)

// receiveStripeWebhook stores a signed event and acknowledges it. The inbox workflow processes
// it later, so the acknowledgement only means that the event is stored.
func (s *Server) receiveStripeWebhook(c echo.Context) error {
	payload, err := readBody(c, webhookBytesMax)
	if err != nil {
		return tooLargeWebhook(err)
	}
	event, err := s.config.VerifyWebhook(payload, c.Request().Header.Get(headerSignature), s.now())
	if err != nil {
		return unauthorizedWebhook(err)
	}
	ctx := c.Request().Context()
	isNew, err := s.config.Store.Edge.RecordWebhook(ctx, edge.Webhook{
		Provider: providerOfStripe, EventID: event.ID, EventType: event.Type, Account: event.Account, ObjectID: event.ObjectID,
		PayoutID: onlyUUID(event.PayoutID), CampaignID: onlyUUID(event.CampaignID), Payload: payload,
	})
	if err != nil {
		return err
	}
	if s.config.AfterInboxInsert != nil {
		s.config.AfterInboxInsert()
	}
	if isNew {
		s.wakeInbox(c)
	}
	return c.NoContent(http.StatusOK)
}

// wakeInbox has a short timeout, so that a slow engine does not delay the acknowledgement. A
// failure only delays the event, because the inbox is also swept on a schedule.
func (s *Server) wakeInbox(c echo.Context) {
	ctx, cancel := context.WithTimeout(c.Request().Context(), wakeTimeout)
	defer cancel()
	if err := s.config.Engine.WakeInbox(ctx); err != nil {
		s.logger.WarnContext(ctx, "wake inbox", "error", err, "request_id", requestID(c))
	}
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

func tooLargeWebhook(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &httpFault{status: http.StatusRequestEntityTooLarge, fault: fault.New(fault.Invalid, "body_too_large", "the webhook is too large: the limit is 256 KiB")}
	}
	return err
}
