package earnings

import (
	"cmp"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
)

// decide sets the result or the error of every pending reading, in the order of arrival. A
// recorded reading gets the recorded result, a new one what it earns now. A reading that occurs
// twice in the batch counts once, and both get the same result. A refused reading changes
// nothing, and the others go on.
func (b *accrualBatch) decide() {
	decided := make(map[readingKey]*pendingReading, len(b.pending))
	for _, each := range b.pending {
		key := keyOf(each.reading)
		if row, ok := b.recorded[key]; ok {
			each.result, each.err = b.replay(each.reading, row)
		} else if first, ok := decided[key]; ok {
			each.result, each.err = first.repeat(each.reading)
		} else if each.result, each.err = b.decideReading(each.reading); each.err == nil {
			decided[key] = each
		}
	}
}

// replay returns the recorded result of a reading. The row of a refused one has the counts of another.
func (b *accrualBatch) replay(reading views.Observation, row sqlc.ListRecordedReadingsRow) (earnings.Credit, error) {
	recorded := counts{row.AttemptID, row.Views, row.Likes, row.Comments, row.Shares, row.ObservedAt.UnixMicro(), row.IsFinal}
	decision, refused := views.Decision(row.Decision), row.Decision == string(views.Refused)
	if sent := countsOf(reading); !refused && recorded != sent || refused && recorded.attemptID != sent.attemptID {
		return earnings.Credit{}, observationReused(reading)
	}
	limit := earnings.Limit(row.LimitedBy)
	claim := views.Claim{Views: row.ClaimedViews, Provider: row.ClaimedBy, ExcludedViews: row.ClaimedExcludedViews}
	return earnings.Credit{
		GrossMinor: row.GrossMinor, LimitedBy: limit, Views: row.Views, HighWaterViews: row.HighWaterViews,
		ExhaustedBudget: row.GrossMinor > 0 && limit == earnings.Budget, CampaignStatus: campaign.Status(row.CampaignStatus),
		Decision: decision, AcceptedViews: row.AcceptedViews, Claim: claim, RecheckAfter: b.recheckAfter(reading, decision, claim),
		Thrift: b.thrift, ViewsLeft: b.viewsLeft(b.credited.clips[reading.ClipID]), Replayed: true,
		NearlySpent: row.GrossMinor > 0 && earnings.IsNearlySpent(b.budget.FundedMinor-b.budget.RefundedMinor, b.freeMinor()),
	}, nil
}

// counts is the content of a reading. The database keeps microseconds. A reading that was recorded
// is not made final later, because its credit is final.
type counts struct {
	attemptID                      string
	views, likes, comments, shares int64
	observedAtMicros               int64
	isFinal                        bool
}

func countsOf(r views.Observation) counts {
	return counts{r.AttemptID, r.Reading.Views, r.Reading.Likes, r.Reading.Comments, r.Reading.Shares, r.Reading.ObservedAt.UnixMicro(), r.IsFinal}
}

// repeat returns the result of p for the same reading later in the batch.
func (p *pendingReading) repeat(reading views.Observation) (earnings.Credit, error) {
	if countsOf(reading) != countsOf(p.reading) {
		return earnings.Credit{}, observationReused(reading)
	}
	result := p.result
	result.Replayed = true
	return result, nil
}

func observationReused(reading views.Observation) error {
	return fault.New(fault.Conflict, "observation_reused", "poll %d of clip %s was recorded before with other counts or by another provider attempt: give this reading the next poll number", reading.Poll, reading.ClipID)
}

// decideReading credits one reading in memory. Views gained while the campaign is paused are recorded and
// never credited. Readings in a pause still credit what was gained before it. One of a campaign that has ended
// credits what a dispute has held back, or what is kept for a clip that was in review. A clip in review is read,
// and credited nothing until it is approved. A refusal changes nothing.
func (b *accrualBatch) decideReading(reading views.Observation) (earnings.Credit, error) {
	if b.tracking != nil {
		return earnings.Credit{}, b.tracking
	}
	clip, ok := b.credited.clips[reading.ClipID]
	if !ok {
		return earnings.Credit{}, fault.New(fault.NotFound, "clip_not_found", "campaign %s has no clip %s", b.campaignID, reading.ClipID)
	}
	if reading.Poll <= clip.lastPoll {
		return earnings.Credit{}, fault.New(fault.Conflict, "reading_out_of_order", "poll %d of clip %s is too late: poll %d is recorded already", reading.Poll, reading.ClipID, clip.lastPoll)
	}
	paused := views.PausedShare(b.pauses, clip.countedUntil, reading.Reading.ObservedAt)
	judged, asked := b.judge(clip, reading, paused), reading
	limitedBy := earnings.NoLimit
	if judged.Decision == views.Refused {
		reading, limitedBy = clip.inPlaceOf(reading)
	}
	accrual := earnings.Accrual{LimitedBy: limitedBy}
	switch {
	case clip.inReview:
		accrual.LimitedBy = earnings.Review
	case judged.Decision != views.Refused && b.mayCredit(clip, reading):
		var err error
		if accrual, err = b.accrue(clip, judged.Counter, reading); err != nil {
			return earnings.Credit{}, err
		}
	case clip.wasKept && judged.Decision != views.Refused:
		accrual.LimitedBy = earnings.Kept
	}
	clip.counter, clip.trustedViews, clip.claim = judged.Counter, judged.TrustedViews, judged.Claim
	clip.lastPoll, clip.countedUntil = reading.Poll, later(clip.countedUntil, reading.Reading.ObservedAt)
	clip.last = &lastReading{counts: reading.Reading, isFinal: reading.IsFinal, limitedBy: accrual.LimitedBy}
	if err := b.addObservation(reading, judged, accrual.LimitedBy); err != nil {
		return earnings.Credit{}, err
	}
	if judged.Decision != views.Refused {
		b.takeKept(clip, reading, accrual)
	}
	leftMinor := b.freeMinor()
	if accrual.GrossMinor > 0 {
		b.addAccrual(reading, clip, accrual)
	}
	return earnings.Credit{
		Thrift: b.thrift, ViewsLeft: b.viewsLeft(clip), NearlySpent: earnings.NearlySpent(b.budget.FundedMinor-b.budget.RefundedMinor, leftMinor, b.freeMinor()),
		GrossMinor: accrual.GrossMinor, LimitedBy: accrual.LimitedBy, ExhaustedBudget: accrual.ExhaustsBudget(),
		Views: reading.Reading.Views, HighWaterViews: judged.Counter.HighWaterViews, CampaignStatus: b.status,
		Decision: judged.Decision, AcceptedViews: judged.AcceptedViews, Claim: judged.Claim, RecheckAfter: b.recheckAfter(asked, judged.Decision, judged.Claim),
	}, nil
}

// mayCredit reports whether the state of the campaign lets a reading earn. In a pause it does: the counter leaves
// out the views of the pause, and what was gained before it may be confirmed or proved only now.
func (b *accrualBatch) mayCredit(clip *clipState, reading views.Observation) bool {
	switch b.status {
	case campaign.Live, campaign.Paused:
		return true
	case campaign.Completed, campaign.Cancelled:
		return reading.IsFinal && (clip.withheld() || clip.keptMinor > 0)
	}
	return false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (b *accrualBatch) accrue(clip *clipState, counter views.State, reading views.Observation) (earnings.Accrual, error) {
	if !clip.holdsPost {
		return earnings.Accrual{CreditedViewsAfter: clip.creditedViews, LimitedBy: earnings.ChannelUnproven}, nil
	}
	b.beginPacing(reading.Now)
	progress := b.progressOf(clip, counter)
	progress.IsFinal = reading.IsFinal
	return earnings.Accrue(b.terms, progress)
}

// progressOf is what a clip, its creator and the campaign have earned so far.
func (b *accrualBatch) progressOf(clip *clipState, counter views.State) earnings.Progress {
	left := b.leftFor(clip)
	return earnings.Progress{
		CreditableViews:     counter.Creditable(),
		CreditedViews:       clip.creditedViews,
		ClipGrossMinor:      clip.grossMinor,
		ClipClawedBackMinor: clip.clawedBackMinor,
		CreatorGrossMinor:   b.credited.creatorGrossMinor[clip.creatorID],
		DayGrossMinor:       b.budget.PacingDaySpentMinor,
		HourGrossMinor:      b.budget.PacingHourSpentMinor,
		HasAffiliate:        clip.affiliateID != "",
		BudgetLeftMinor:     left.amountMinor,
		BudgetDisputed:      left.disputed,
		BudgetKept:          left.kept,
	}
}

// budgetLeft is what a clip can still earn of the budget, and what limits it.
type budgetLeft struct {
	amountMinor    int64
	disputed, kept bool
}

// viewsLeft is how many more views of a clip can earn. What a dispute freezes may be free again.
func (b *accrualBatch) viewsLeft(clip *clipState) int64 {
	if clip == nil {
		return 0
	}
	progress := b.progressOf(clip, clip.counter)
	progress.BudgetLeftMinor += b.budget.DisputedMinor
	return earnings.ViewsLeft(b.terms, progress)
}

// freeMinor is what is left of the budget, less what a dispute freezes.
func (b *accrualBatch) freeMinor() int64 {
	return b.budget.FundedMinor - b.budget.SpentMinor - b.budget.RefundedMinor - b.budget.DisputedMinor
}

// leftFor returns what a clip can still earn of the budget. What is kept for clips that were in review at the
// campaign's end is theirs. A dispute can freeze a part of it: then what is left is for those that were submitted first.
func (b *accrualBatch) leftFor(clip *clipState) budgetLeft {
	freeMinor := b.freeMinor()
	if clip.keptMinor == 0 {
		return budgetLeft{amountMinor: max(0, freeMinor-b.budget.KeptMinor), disputed: b.budget.DisputedMinor > 0}
	}
	if b.budget.DisputedMinor == 0 {
		return budgetLeft{amountMinor: min(clip.keptMinor, freeMinor), kept: true}
	}
	// keptBeforeMinor may be too much by what this batch has credited of it. The rest follows by CreditWithheld.
	ownMinor := max(0, freeMinor-clip.keptBeforeMinor)
	return budgetLeft{amountMinor: min(clip.keptMinor, ownMinor), kept: true, disputed: ownMinor < clip.keptMinor}
}

// takeKept takes what a clip has earned out of the money that is kept for it. The rest stays until the clip has ended:
// a dispute may have held back a part, the channel may have to be proven, or a reviewer may confirm more views. After that
// Campaigns.ReleaseKept gives it to other clips or back to the brand.
func (b *accrualBatch) takeKept(clip *clipState, reading views.Observation, accrual earnings.Accrual) {
	ended := b.status == campaign.Completed || b.status == campaign.Cancelled
	if clip.keptMinor == 0 || clip.inReview || !ended || !reading.IsFinal || accrual.GrossMinor == 0 {
		return
	}
	clip.keptMinor -= accrual.GrossMinor
	b.budget.KeptMinor -= accrual.GrossMinor
	b.kept.ClipIds = append(b.kept.ClipIds, reading.ClipID)
	b.kept.KeptMinor = append(b.kept.KeptMinor, clip.keptMinor)
	b.kept.LessMinor += accrual.GrossMinor
}

// beginPacing starts a new pacing day or hour when now lies in one. A late reading from the one
// before counts for the current one: going back would lose what the current one has spent.
func (b *accrualBatch) beginPacing(now time.Time) {
	day, hour := now.UTC().Truncate(24*time.Hour), now.UTC().Truncate(time.Hour)
	if b.budget.PacingDay == nil || day.After(*b.budget.PacingDay) {
		b.budget.PacingDay, b.budget.PacingDaySpentMinor = &day, 0
	}
	if b.budget.PacingHour == nil || hour.After(*b.budget.PacingHour) {
		b.budget.PacingHour, b.budget.PacingHourSpentMinor = &hour, 0
	}
}

func (b *accrualBatch) addObservation(reading views.Observation, judged views.Judgement, limitedBy earnings.Limit) error {
	signals, err := encodeSignals(judged.Signals)
	if err != nil {
		return err
	}
	w := &b.rows
	w.ClipIds = append(w.ClipIds, reading.ClipID)
	w.Polls = append(w.Polls, int32(reading.Poll))
	w.Providers = append(w.Providers, reading.Provider)
	w.AttemptIds = append(w.AttemptIds, reading.AttemptID)
	w.Views = append(w.Views, reading.Reading.Views)
	w.Likes = append(w.Likes, reading.Reading.Likes)
	w.Comments = append(w.Comments, reading.Reading.Comments)
	w.Shares = append(w.Shares, reading.Reading.Shares)
	w.HighWaterViews = append(w.HighWaterViews, judged.Counter.HighWaterViews)
	w.ExcludedViews = append(w.ExcludedViews, judged.Counter.ExcludedViews)
	w.AcceptedViews = append(w.AcceptedViews, judged.AcceptedViews)
	w.TrustedViews = append(w.TrustedViews, judged.TrustedViews)
	w.ClaimedViews = append(w.ClaimedViews, judged.Claim.Views)
	w.ClaimedBy = append(w.ClaimedBy, judged.Claim.Provider)
	w.ClaimedExcludedViews = append(w.ClaimedExcludedViews, judged.Claim.ExcludedViews)
	w.Decisions = append(w.Decisions, string(judged.Decision))
	w.Signals = append(w.Signals, signals)
	w.ObservedAts = append(w.ObservedAts, reading.Reading.ObservedAt)
	w.LimitedBy = append(w.LimitedBy, string(limitedBy))
	w.AreFinal = append(w.AreFinal, reading.IsFinal)
	return nil
}

func (b *accrualBatch) addAccrual(reading views.Observation, clip *clipState, accrual earnings.Accrual) {
	clip.grossMinor += accrual.GrossMinor
	clip.creditedViews = accrual.CreditedViewsAfter
	b.credited.creatorGrossMinor[clip.creatorID] += accrual.GrossMinor
	b.budget.SpentMinor += accrual.GrossMinor
	b.budget.PacingDaySpentMinor += accrual.GrossMinor
	b.budget.PacingHourSpentMinor += accrual.GrossMinor
	b.entries = append(b.entries, ledger.EarningsAccrued(ledger.Earning{
		ClipID: reading.ClipID, Poll: reading.Poll, CampaignID: b.campaignID, CreatorID: clip.creatorID, AffiliateID: clip.affiliateID,
		Currency: money.Currency(b.budget.Currency), CreatorMinor: accrual.CreatorMinor, FeeMinor: accrual.FeeMinor, AffiliateMinor: accrual.AffiliateMinor, At: reading.Now,
	}))
	w := &b.rows
	w.AccrualClipIds = append(w.AccrualClipIds, reading.ClipID)
	w.AccrualPolls = append(w.AccrualPolls, int32(reading.Poll))
	w.CreatorIds = append(w.CreatorIds, clip.creatorID)
	w.AffiliateIds = append(w.AffiliateIds, cmp.Or(clip.affiliateID, names.NilID))
	w.GrossMinor = append(w.GrossMinor, accrual.GrossMinor)
	w.CreatorMinor = append(w.CreatorMinor, accrual.CreatorMinor)
	w.FeeMinor = append(w.FeeMinor, accrual.FeeMinor)
	w.AffiliateMinor = append(w.AffiliateMinor, accrual.AffiliateMinor)
	w.CreditedViewsAfter = append(w.CreditedViewsAfter, accrual.CreditedViewsAfter)
	w.ClipGrossAfterMinor = append(w.ClipGrossAfterMinor, clip.grossMinor)
	w.ClipNetAfterMinor = append(w.ClipNetAfterMinor, clip.grossMinor-clip.clawedBackMinor)
	w.CreatorGrossAfterMinor = append(w.CreatorGrossAfterMinor, b.credited.creatorGrossMinor[clip.creatorID])
	w.AccruedAts = append(w.AccruedAts, reading.Now)
	w.SpentMinor += accrual.GrossMinor
	b.addHold(len(b.entries)-1, clip.creatorID, accrual.CreatorMinor, reading.Now)
	b.addHold(len(b.entries)-1, clip.affiliateID, accrual.AffiliateMinor, reading.Now)
}

// addHold holds the earnings of one creator. entry is the index of the accrual's entry in the
// batch, as the entry has no id yet. A part below zero is a debt and has no hold.
func (b *accrualBatch) addHold(entry int, creatorID string, amountMinor int64, now time.Time) {
	if amountMinor <= 0 {
		return
	}
	w := &b.rows
	b.holdEntries = append(b.holdEntries, entry)
	w.HoldCreatorIds = append(w.HoldCreatorIds, creatorID)
	w.HoldAmountsMinor = append(w.HoldAmountsMinor, amountMinor)
	w.AvailableAts = append(w.AvailableAts, now.Add(b.terms.Hold.Std()))
}
