package curves

import (
	"errors"
	"fmt"
)

// Spec describes a curve in JSON. Exactly one of Parametric and Recorded is set.
//
//	{"parametric": {"lifetime_views": 90000, "half_life_seconds": 86400, "seed": 7},
//	 "events": [{"kind": "falls", "at_seconds": 3600, "until_seconds": 7200, "by_views": 500}]}
type Spec struct {
	Parametric *Parametric   `json:"parametric,omitempty"`
	Recorded   *RecordedSpec `json:"recorded,omitempty"`
	Events     []Event       `json:"events,omitempty"`
}

// RecordedSpec names a recorded clip. Compression zero stands for 1, real time.
type RecordedSpec struct {
	VideoID     string  `json:"video_id"`
	Compression float64 `json:"compression,omitempty"`
}

// Build returns the curve described, or an error that names the field to correct.
func (s Spec) Build(recordings Recordings) (Curve, error) {
	curve, err := s.base(recordings)
	if err != nil {
		return nil, err
	}
	for i, event := range s.Events {
		if err := event.Validate(); err != nil {
			return nil, fmt.Errorf("events[%d].%w", i, err)
		}
	}
	if len(s.Events) == 0 {
		return curve, nil
	}
	return Scripted{Curve: curve, Events: s.Events}, nil
}

func (s Spec) base(recordings Recordings) (Curve, error) {
	switch {
	case (s.Parametric == nil) == (s.Recorded == nil):
		return nil, errors.New("give either parametric or recorded")
	case s.Parametric != nil:
		if err := s.Parametric.Validate(); err != nil {
			return nil, fmt.Errorf("parametric.%w", err)
		}
		return *s.Parametric, nil
	default:
		compression := s.Recorded.Compression
		if compression == 0 {
			compression = 1
		}
		curve, err := recordings.Curve(s.Recorded.VideoID, compression)
		if err != nil {
			return nil, fmt.Errorf("recorded.%w", err)
		}
		return curve, nil
	}
}
