package brightdata

import (
	"encoding/json"
	"net/url"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
)

// jobParameter is where our own number of a snapshot stands in the address that is notified.
const jobParameter = "job"

// ParseNotification reads that a snapshot has ended. Our job is in the address, the snapshot in the body. A body with the
// records themselves, which Bright Data sends if it is told to deliver here, has no id of a snapshot: what it says is not
// used, because the snapshot is collected from the API.
func ParseNotification(query url.Values, body []byte) (providers.Notification, error) {
	var said struct {
		SnapshotID string `json:"snapshot_id"`
		Status     string `json:"status"`
	}
	var records []json.RawMessage
	isRecords := providers.Decode(body, &records) == nil && records != nil
	if err := providers.Decode(body, &said); err != nil && !isRecords {
		return providers.Notification{}, fault.New(fault.Invalid, "webhook_malformed", "the notification is not valid JSON")
	}
	notification := providers.Notification{Job: query.Get(jobParameter), SnapshotID: said.SnapshotID}
	if _, err := uuid.Parse(notification.Job); err != nil {
		return providers.Notification{}, fault.New(fault.Invalid, "webhook_malformed", "the address of the notification names no snapshot of ours")
	}
	if notification.SnapshotID != "" && !snapshotForm.MatchString(notification.SnapshotID) || notification.SnapshotID == "" && !isRecords {
		return providers.Notification{}, fault.New(fault.Invalid, "webhook_malformed", "the notification names no snapshot")
	}
	return notification, nil
}
