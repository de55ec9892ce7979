package api

import (
	"cmp"
	"context"
	"regexp"
	"time"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
)

const (
	costDaysDefault = 30
	costDaysMax     = 366
)

// byCost is the position of a cost: a day, a provider or a campaign.
var byCost = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// ListTrackingCosts lists what the readings of clips have cost.
func (r *resources) ListTrackingCosts(ctx context.Context, request openapi.ListTrackingCostsRequestObject) (openapi.ListTrackingCostsResponseObject, error) {
	if _, err := permit(ctx, access.TrackingCostRead); err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byCost)
	if err != nil {
		return nil, err
	}
	filter, err := costFilterOf(request.Params, r.now())
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Clips.ListCosts(ctx, filter, page)
	if err != nil {
		return nil, err
	}
	total, err := r.store.Clips.SumCosts(ctx, filter)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row clips.Cost) string { return row.Key }, func(row clips.Cost) openapi.TrackingCost { return presentCost(row, filter.By) })
	return openapi.ListTrackingCosts200JSONResponse{Items: items, Total: openapi.TrackingCostTotal{Clips: total.Clips, CostMicros: total.CostMicros}, NextCursor: next}, nil
}

func costFilterOf(params openapi.ListTrackingCostsParams, now time.Time) (clips.CostFilter, error) {
	filter := clips.CostFilter{
		By: clips.CostKey(cmp.Or(given(params.By), string(clips.CostByDay))), CampaignID: given(params.CampaignId), Provider: given(params.Provider),
		LastDay: now.UTC().Truncate(24 * time.Hour),
	}
	var err error
	if params.To != nil {
		if filter.LastDay, err = dayOf("to", *params.To); err != nil {
			return filter, err
		}
	}
	filter.FirstDay = filter.LastDay.AddDate(0, 0, 1-costDaysDefault)
	if params.From != nil {
		if filter.FirstDay, err = dayOf("from", *params.From); err != nil {
			return filter, err
		}
	}
	if filter.FirstDay.After(filter.LastDay) || filter.LastDay.Sub(filter.FirstDay) >= costDaysMax*24*time.Hour {
		return filter, fault.Field("from", "days_out_of_range", "give a first day that is at most %d days before the last one", costDaysMax-1)
	}
	return filter, nil
}

func dayOf(field, given string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, given)
	if err != nil {
		return day, fault.Field(field, "malformed_day", "%.40q is not a day: write it as 2026-11-28", given)
	}
	return day, nil
}

func presentCost(row clips.Cost, by clips.CostKey) openapi.TrackingCost {
	item := openapi.TrackingCost{Clips: row.Clips, CostMicros: row.CostMicros}
	switch {
	case by == clips.CostByDay:
		item.Day = &row.Key
	case by == clips.CostByProvider:
		item.Provider = &row.Key
	case row.Key != names.NilID:
		item.CampaignId = &row.Key
	}
	return item
}
