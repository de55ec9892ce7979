package brightdata

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
)

// snapshotForm is the form of a snapshot's id. It becomes a part of addresses.
var snapshotForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// MaxSnapshot returns 100 for TikTok and Instagram, and zero for every other platform.
func (c *Client) MaxSnapshot(platform clip.Platform) int {
	if c.MaxBatch(platform) == 0 {
		return 0
	}
	return snapshotMax
}

// Trigger starts a snapshot as described at providers.AsyncClient.
func (c *Client) Trigger(ctx context.Context, job string, platform clip.Platform, externalIDs []string) (snapshotID string, err error) {
	if err := providers.CheckSnapshotRequest(c, platform, externalIDs); err != nil {
		return "", err
	}
	query := url.Values{"dataset_id": {c.datasets[platform].id}, "include_errors": {"true"}}
	if c.callback.URL != "" {
		query.Set("notify", c.callback.URL+"?"+url.Values{jobParameter: {job}}.Encode())
		query.Set("auth_header", c.callback.Authorization())
	}
	answer, err := c.send(ctx, http.MethodPost, "/datasets/v3/trigger", query, canonicalURLs(platform, externalIDs))
	if err != nil {
		return "", err
	}
	if answer.Status != http.StatusOK {
		return "", faultOf(answer, c.now())
	}
	var started struct {
		SnapshotID string `json:"snapshot_id"`
	}
	if err := providers.Decode(answer.Body, &started); err != nil {
		return "", providers.Garbage(name, err)
	}
	if !snapshotForm.MatchString(started.SnapshotID) {
		return "", providers.Garbage(name, errors.New("the answer has no id of a snapshot"))
	}
	return started.SnapshotID, nil
}

// Progress reports how far a snapshot is, as described at providers.AsyncClient.
func (c *Client) Progress(ctx context.Context, snapshotID string) (providers.SnapshotState, error) {
	if !snapshotForm.MatchString(snapshotID) {
		return "", fault.New(fault.Invalid, "bad_snapshot_id", "the id of a snapshot is not valid")
	}
	answer, err := c.send(ctx, http.MethodGet, "/datasets/v3/progress/"+snapshotID, nil, nil)
	switch {
	case err != nil:
		return "", err
	case answer.Status == http.StatusNotFound:
		return providers.SnapshotFailed, nil
	case answer.Status != http.StatusOK:
		return "", faultOf(answer, c.now())
	}
	return stateIn(answer.Body)
}

// stateIn reads the status of a snapshot. A word that we do not know is one of a snapshot that is under way.
func stateIn(body []byte) (providers.SnapshotState, error) {
	var progress struct {
		Status string `json:"status"`
	}
	if err := providers.Decode(body, &progress); err != nil {
		return "", providers.Garbage(name, err)
	}
	switch progress.Status {
	case "":
		return "", providers.Garbage(name, errors.New("the answer has no status"))
	case "ready":
		return providers.SnapshotReady, nil
	case "failed", "canceled", "cancelled":
		return providers.SnapshotFailed, nil
	}
	return providers.SnapshotRunning, nil
}

// Collect reads what a snapshot holds, as described at providers.AsyncClient.
func (c *Client) Collect(ctx context.Context, platform clip.Platform, externalIDs []string, snapshotID string) (providers.Batch, error) {
	if err := providers.CheckSnapshotRequest(c, platform, externalIDs); err != nil {
		return providers.Batch{}, err
	}
	if !snapshotForm.MatchString(snapshotID) {
		return providers.Batch{}, fault.New(fault.Invalid, "bad_snapshot_id", "the id of a snapshot is not valid")
	}
	answer, err := c.send(ctx, http.MethodGet, "/datasets/v3/snapshot/"+snapshotID, url.Values{"format": {"json"}}, nil)
	switch {
	case err != nil:
		return providers.Batch{}, err
	case answer.Status != http.StatusOK:
		return providers.Batch{}, faultOf(answer, c.now())
	}
	// A snapshot that is not ready is at times answered with its status and 200.
	if state, err := stateIn(answer.Body); err == nil && state != providers.SnapshotReady {
		return providers.Batch{}, notReady()
	}
	set := c.datasets[platform]
	batch, count, err := readRows(set, platform, answer.Body, externalIDs, c.now())
	batch.CostMicros = c.cost(count)
	return batch, err
}

// Price returns what a snapshot of so many clips costs if it is not known what it holds.
func (c *Client) Price(clips int) int64 { return c.cost(clips) }
