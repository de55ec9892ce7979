package main

import (
	"context"
	"errors"
	"net/url"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/providers"
	"github.com/creditroll/creditroll/temporal"
)

// reader reads clips from one provider. snapshots is nil for a provider that answers at once.
type reader struct {
	batcher   *providers.Batcher
	snapshots *providers.Snapshots
}

// readers returns one reader for each provider that is configured.
func (w *wired) readers() (map[string]reader, error) {
	readers := map[string]reader{}
	options := providers.Options{Wait: w.settings.BatchWait, IntervalMax: w.settings.PollTiers.schedule.IntervalMax.Std(), CircuitOpen: w.settings.CircuitOpen, Counter: w.store.Clips}
	quotas, err := w.settings.quotas()
	if err != nil {
		return nil, err
	}
	for _, each := range w.settings.configured() {
		config := w.settings.Providers[each.Name]
		client, err := each.New(config)
		if err != nil {
			return nil, err
		}
		options.Quotas = quotas[each.Name]
		made := reader{batcher: providers.NewBatcher(client, w.store.Clips, options)}
		if asynchronous, ok := client.(providers.AsyncClient); ok {
			made.snapshots = providers.NewSnapshots(asynchronous, w.store.Clips, config.Callback.URL != "", options)
		}
		readers[each.Name] = made
	}
	return readers, nil
}

func (r reader) views(w *wired) activities.Views {
	views := activities.Views{Observer: r.batcher, Profiles: r.batcher, Proofs: w.store.Clips, Switch: w.store.Edge}
	if r.snapshots != nil { // a nil pointer would not be a nil interface
		views.Snapshots, views.Calls, views.Caller = r.snapshots, w.store.Clips, temporal.Calls{Client: w.temporal}
	}
	return views
}

func (r reader) close(ctx context.Context) error {
	err := r.batcher.Close(ctx)
	if r.snapshots != nil {
		err = errors.Join(err, r.snapshots.Close(ctx))
	}
	return err
}

// providerWebhooks returns the providers that may notify us.
func (w *wired) providerWebhooks() map[string]api.ProviderWebhook {
	webhooks := map[string]api.ProviderWebhook{}
	for _, each := range w.settings.configured() {
		target := w.settings.Providers[each.Name].Callback
		if each.Callback == nil || len(target.Secrets) == 0 {
			continue
		}
		webhooks[each.Name] = api.ProviderWebhook{Accepts: target.Accepts, Parse: func(query url.Values, body []byte) (job, snapshotID string, err error) {
			notification, err := each.Callback.Parse(query, body)
			return notification.Job, notification.SnapshotID, err
		}}
	}
	return webhooks
}
