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

// receiveStripeWebhook stores a signed event and acknowledges it; the work is done from the
// inbox. The acknowledgement promises only that the event is not lost.
func (s *Server) receiveStripeWebhook(c echo.Context) error {
	payload, err := readBody(c, webhookBytesMax)
	if err != nil {
		return tooLargeWebhook(err)
	}
	event, err := s.config.VerifyWebhook(payload, c.Request().Header.Get(headerSignature), s.now())
	if err != nil {
		return forged(err)
	}
	ctx := c.Request().Context()
	fresh, err := s.config.Store.Edge.RecordWebhook(ctx, edge.Webhook{
		Provider: providerOfStripe, EventID: event.ID, EventType: event.Type, Account: event.Account, ObjectID: event.ObjectID,
		PayoutID: onlyUUID(event.PayoutID), CampaignID: onlyUUID(event.CampaignID), Payload: payload,
	})
	if err != nil {
		return err
	}
	if s.config.AfterInboxInsert != nil {
		s.config.AfterInboxInsert()
	}
	if fresh {
		s.wakeInbox(c)
	}
	return c.NoContent(http.StatusOK)
}

// wakeInbox does not keep the acknowledgement waiting for an engine that hangs. Failing
// only costs time: the inbox is swept in any case.
func (s *Server) wakeInbox(c echo.Context) {
	ctx, cancel := context.WithTimeout(c.Request().Context(), wakeTimeout)
	defer cancel()
	if err := s.config.Engine.WakeInbox(ctx); err != nil {
		s.logger.WarnContext(ctx, "wake inbox", "error", err, "request_id", requestID(c))
	}
}

// onlyUUID drops what others may have written into the metadata of their own objects.
func onlyUUID(text string) string {
	if isUUID(text) {
		return text
	}
	return ""
}

// forged is a question of who speaks, not of what an account may do.
func forged(err error) error {
	found, ok := fault.As(err)
	if ok && found.Kind == fault.Denied {
		return &httpFault{status: http.StatusUnauthorized, fault: found}
	}
	return err
}

func tooLargeWebhook(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &httpFault{status: http.StatusRequestEntityTooLarge, fault: fault.New(fault.Invalid, "body_too_large", "a webhook has at most 256 KiB")}
	}
	return err
}
