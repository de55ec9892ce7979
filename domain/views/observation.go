package views

import (
	"math"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

// Observation is one reading of a clip to be recorded. Clip and poll identify it: recording it
// twice credits it once.
type Observation struct {
	CampaignID string `json:"campaign_id"`
	ClipID     string `json:"clip_id"`
	// Poll numbers the readings of a clip. A later reading has a higher number.
	Poll      int     `json:"poll"`
	Provider  string  `json:"provider"`
	AttemptID string  `json:"attempt_id"`
	Reading   Reading `json:"reading"`
	// IsFinal marks the last reading of a clip, which credits what pacing has deferred.
	IsFinal bool `json:"is_final,omitempty"`
	// Others: another provider can be asked about the clip.
	Others bool `json:"others,omitempty"`
	// ReviewedViews is a count that a reviewer has confirmed since the last reading.
	ReviewedViews int64 `json:"reviewed_views,omitempty"`
	// ReviewedClaim is the claim that the reviewer has decided on, if another provider has contradicted it.
	ReviewedClaim Claim `json:"reviewed_claim,omitzero"`
	// Repeats: it is the last reading once more, which is not judged again.
	Repeats bool `json:"repeats,omitempty"`
	// Now is when it is credited. The hold starts here.
	Now time.Time `json:"now"`
}

// Reviewed is a count that a reviewer has confirmed, if Views is not zero. Claim is the claim that it is about, if
// another provider has contradicted that. Interim: other readings of the clip follow, so what pacing has deferred
// stays deferred.
type Reviewed struct {
	Views   int64
	Claim   Claim
	Interim bool
}

// Reopening opens a clip again that has ended, to credit what a reviewer has confirmed.
type Reopening struct {
	ClipID string `json:"clip_id"`
	Views  int64  `json:"views"`
}

// Reopened is a clip that was opened again, and the claim that is confirmed.
type Reopened struct {
	Progress clip.Progress `json:"progress"`
	Claim    Claim         `json:"claim"`
}

// Validate returns nil, or fault.Invalid "poll_out_of_range". Impossible counts are not refused here: the
// reading is recorded as one that must not be used (Refused).
func (r Observation) Validate() error {
	if r.Poll < 0 || r.Poll > math.MaxInt32 {
		return fault.Field("poll", "poll_out_of_range", "the poll number must be between 0 and %d, not %d", math.MaxInt32, r.Poll)
	}
	return nil
}
