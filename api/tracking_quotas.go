package api

import (
	"cmp"
	"context"
	"time"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/domain/access"
)

// ListTrackingQuotas lists how often the view providers may still be asked.
func (r *resources) ListTrackingQuotas(ctx context.Context, _ openapi.ListTrackingQuotasRequestObject) (openapi.ListTrackingQuotasResponseObject, error) {
	if _, err := permit(ctx, access.TrackingQuotaRead); err != nil {
		return nil, err
	}
	quotas, err := r.store.Clips.ListQuotas(ctx)
	if err != nil {
		return nil, err
	}
	answer := openapi.ListTrackingQuotas200JSONResponse{Items: []openapi.TrackingQuota{}}
	for _, each := range quotas {
		answer.Items = append(answer.Items, presentQuota(each, r.now()))
	}
	return answer, nil
}

func presentQuota(quota clips.Quota, now time.Time) openapi.TrackingQuota {
	item := openapi.TrackingQuota{Provider: quota.Provider, Name: quota.Name}
	if rate := quota.Limits.Rate; rate.Units > 0 {
		item.Rate = &openapi.TrackingRate{Limit: rate.Units, PeriodSeconds: rate.Per.Seconds(), Used: rate.Used(quota.State, now), ResetsAt: future(quota.State.FreeAt, now)}
	}
	if day := quota.Limits.Day; day.Units > 0 {
		item.Day = &openapi.TrackingDay{
			Limit: day.Units, Used: day.Used(quota.State, now), TimeZone: cmp.Or(day.Zone, time.UTC.String()), ResetsAt: day.NextDay(quota.State, now).UTC(),
		}
	}
	item.BlockedUntil = future(quota.State.BlockedUntil, now)
	return item
}

// future returns a time that is still to come, or nil.
func future(at, now time.Time) *time.Time {
	if !at.After(now) {
		return nil
	}
	return &at
}
