package youtube

import (
	"net/http"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
)

type errorEnvelope struct {
	Error struct {
		Errors []struct {
			Reason string `json:"reason"`
		} `json:"errors"`
		Details []struct {
			Reason string `json:"reason"`
		} `json:"details"`
	} `json:"error"`
}

// faultOf classifies an error answer. The API's reasons say more than its status: a used-up
// quota is a 403, an unknown key a 400.
func faultOf(answer providers.Answer, now time.Time) error {
	reasons := reasonsOf(answer.Body)
	for _, reason := range reasons {
		switch reason {
		case "quotaExceeded", "dailyLimitExceeded":
			return fault.New(fault.RateLimited, "provider_quota_exceeded", "the day's YouTube quota is used up: it is renewed at midnight Pacific time").
				After(untilQuotaReset(now))
		case "rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED":
			answer.Status = http.StatusTooManyRequests
			return providers.FaultOfStatus(name, answer, reason, now)
		case "keyInvalid", "keyExpired", "API_KEY_INVALID", "API_KEY_EXPIRED":
			answer.Status = http.StatusUnauthorized
			return providers.FaultOfStatus(name, answer, reason, now)
		}
	}
	reason := ""
	if len(reasons) > 0 {
		reason = reasons[0]
	}
	return providers.FaultOfStatus(name, answer, reason, now)
}

func reasonsOf(body []byte) []string {
	var envelope errorEnvelope
	// A body without the envelope, such as a proxy's, has no reasons: the status decides.
	if providers.Decode(body, &envelope) != nil {
		return nil
	}
	var reasons []string
	for _, entry := range envelope.Error.Errors {
		reasons = append(reasons, entry.Reason)
	}
	for _, detail := range envelope.Error.Details {
		reasons = append(reasons, detail.Reason)
	}
	return reasons
}

// pacific is the zone whose midnight resets quotas.
var pacific = mustLoadPacific()

func mustLoadPacific() *time.Location {
	location, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		panic("the embedded zone database has no America/Los_Angeles")
	}
	return location
}

func untilQuotaReset(now time.Time) time.Duration {
	year, month, day := now.In(pacific).Date()
	return time.Date(year, month, day+1, 0, 0, 0, 0, pacific).Sub(now)
}
