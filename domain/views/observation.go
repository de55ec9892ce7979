package views

import (
	"math"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
)

// Observation is one reading of a clip on its way into the books. Clip and poll name it:
// the same ones recorded twice credit once.
type Observation struct {
	CampaignID string `json:"campaign_id"`
	ClipID     string `json:"clip_id"`
	// Poll counts the readings of a clip; a later one has a higher number.
	Poll      int     `json:"poll"`
	Provider  string  `json:"provider"`
	AttemptID string  `json:"attempt_id"`
	Reading   Reading `json:"reading"`
	// Now is when it is credited; the hold counts from here.
	Now time.Time `json:"now"`
}

func (r Observation) Validate() error {
	if r.Poll < 0 || r.Poll > math.MaxInt32 {
		return fault.Field("poll", "poll_out_of_range", "readings of a clip are numbered from 0 to %d, and this is %d", math.MaxInt32, r.Poll)
	}
	if min(r.Reading.Views, r.Reading.Likes, r.Reading.Comments, r.Reading.Shares) < 0 {
		return fault.Field("reading", "count_negative", "a counter of reading %d of clip %s is below zero: leave the reading out", r.Poll, r.ClipID)
	}
	return nil
}
