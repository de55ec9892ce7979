package api

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/creditroll/creditroll/db/edge"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

// notificationBytesMax leaves room for the records of a snapshot, which a provider sends if it is told to. They are
// not used, only acknowledged.
const notificationBytesMax = 16 << 20

// receiveNotification returns the handler for notifications of one view provider. It stores that a snapshot has ended
// and acknowledges it. What the body says beyond its ids is not stored: it may name people, and the snapshot is read from
// the provider anyway.
func (s *Server) receiveNotification(provider string) echo.HandlerFunc {
	return func(c echo.Context) error {
		webhook, configured := s.config.ProviderWebhooks[provider]
		if !configured || !webhook.Accepts(c.Request().Header.Get(echo.HeaderAuthorization)) {
			return unauthorizedWebhook(fault.New(fault.Denied, "webhook_secret", "the notification does not have our secret: check the setting of the provider's webhook"))
		}
		body, err := readNotification(c)
		if err != nil {
			return err
		}
		job, snapshotID, err := webhook.Parse(c.QueryParams(), body)
		if err != nil {
			return err
		}
		event := rail.SnapshotEvent(job, snapshotID)
		payload, err := json.Marshal(rail.SnapshotNotice(event))
		if err != nil {
			return err
		}
		isNew, err := s.config.Store.Edge.RecordWebhook(c.Request().Context(), edge.NewWebhook{
			Provider: provider, Event: event, Concern: rail.ConcernSnapshot, Payload: payload, ClaimedUntil: s.now().Add(claimFor),
		})
		if err != nil {
			return err
		}
		if s.config.AfterInboxInsert != nil {
			s.config.AfterInboxInsert()
		}
		if isNew {
			s.deliveries.add(delivery{provider: provider, eventID: event.ID, notice: rail.SnapshotNotice(event)})
		}
		return c.NoContent(http.StatusOK)
	}
}

// readNotification returns a body, unpacked. Its size is bounded before and after that.
func readNotification(c echo.Context) ([]byte, error) {
	body, err := readBody(c, notificationBytesMax)
	if err != nil {
		return nil, tooLargeNotification(err)
	}
	if c.Request().Header.Get(echo.HeaderContentEncoding) != "gzip" {
		return body, nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, notUnpacked(err)
	}
	unpacked, err := io.ReadAll(io.LimitReader(reader, notificationBytesMax+1))
	switch {
	case err != nil:
		return nil, notUnpacked(err)
	case len(unpacked) > notificationBytesMax:
		return nil, tooLargeNotification(&http.MaxBytesError{Limit: notificationBytesMax})
	}
	return unpacked, nil
}

func notUnpacked(cause error) error {
	return fault.New(fault.Invalid, "webhook_malformed", "the notification cannot be unpacked").Because(cause)
}
