package rapidapi

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
)

// Headers of RapidAPI. Those of the plan count its requests of a day or month, and those of the window protect the API.
const (
	proxyHeader     = "X-Rapidapi-Proxy-Response"
	planRemaining   = "X-Ratelimit-Requests-Remaining"
	planReset       = "X-Ratelimit-Requests-Reset"
	windowReset     = "X-Ratelimit-Reset"
	planWaitDefault = time.Hour
)

// faultOf classifies an error answer.
func faultOf(answer providers.Answer, host string, now time.Time) error {
	switch answer.Status {
	case http.StatusTooManyRequests:
		return limited(answer, host, now)
	case http.StatusForbidden, http.StatusNotFound:
		// RapidAPI does not tell an account without a subscription that an API exists.
		return fault.New(fault.Denied, "provider_denied", "RapidAPI refuses our account with status %d for %s: subscribe to this API, or check the key", answer.Status, host)
	}
	return providers.FaultOfStatus(name, answer, "", now)
}

// limited tells the plan's quota from the limit of a window: the first may last for weeks.
func limited(answer providers.Answer, host string, now time.Time) error {
	remaining, err := strconv.ParseInt(answer.Header.Get(planRemaining), 10, 64)
	if err == nil && remaining <= 0 {
		return fault.New(fault.RateLimited, "provider_quota_exceeded", "the requests that the plan of %s includes are used up: choose a larger plan at RapidAPI, or wait until they are renewed", host).
			After(cmp.Or(providers.WaitForReset(answer.Header.Get(planReset), now), planWaitDefault))
	}
	classified := providers.FaultOfStatus(name, answer, "", now)
	if wait := providers.WaitForReset(answer.Header.Get(windowReset), now); wait > 0 {
		return classified.After(wait)
	}
	return classified
}
