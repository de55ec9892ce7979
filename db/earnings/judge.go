package earnings

import (
	"encoding/json"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/views"
)

var sanity = views.DefaultSanityRules()

// judge decides what a reading counts for. It needs nothing but memory, because it runs while the budget
// is locked.
func (b *accrualBatch) judge(clip *clipState, reading views.Observation, paused views.Share) views.Judgement {
	before := clip.accepted()
	if reading.ReviewedViews > 0 && reading.ReviewedClaim.Views > before.Claim.Views {
		before.Claim = reading.ReviewedClaim
	}
	if reading.Repeats {
		return before.Repeat(reading.ReviewedViews)
	}
	return b.plausibility.Judge(sanity, before, views.Evidence{
		Post: clip.post, Reading: reading.Reading, Provider: reading.Provider, Others: reading.Others, Paused: paused,
		ReviewedViews: reading.ReviewedViews, StepViewsMax: b.stepViewsMax, Now: reading.Now,
	})
}

// recheckAfter returns when the clip should be read again because of a reading, or zero. A final reading needs no
// other one if the clip can earn nothing more.
func (b *accrualBatch) recheckAfter(reading views.Observation, decision views.Decision, claim views.Claim) duration.Text {
	if decision != views.Refused && !claim.Open() || reading.IsFinal && b.viewsLeft(b.credited.clips[reading.ClipID]) == 0 {
		return 0
	}
	return b.plausibility.RecheckAfter
}

// inPlaceOf returns what is recorded in place of a refused reading: the one before, so that nothing follows
// from what was refused. Before the first reading, that is a count of zero.
func (c *clipState) inPlaceOf(refused views.Observation) (views.Observation, earnings.Limit) {
	last := c.last
	if last == nil {
		last = &lastReading{counts: views.Reading{ObservedAt: c.countedUntil}, limitedBy: earnings.NoLimit}
		if c.countedUntil.IsZero() {
			last.counts.ObservedAt = refused.Now
		}
	}
	refused.Reading, refused.IsFinal = last.counts, last.isFinal
	return refused, last.limitedBy
}

// encodeSignals returns signals as JSON, or an empty text.
func encodeSignals(signals []views.Signal) (string, error) {
	if len(signals) == 0 {
		return "", nil
	}
	encoded, err := json.Marshal(signals)
	return string(encoded), err
}
