package apify

import (
	"net/http"
	"time"

	"github.com/creditroll/creditroll/providers"
)

// Error types that say more than the status they come with.
const (
	runTimeout = "run-timeout-exceeded"
	runFailed  = "run-failed"
)

// faultOf classifies an error answer.
func faultOf(answer providers.Answer, now time.Time) error {
	kind := errorType(answer.Body)
	switch {
	case kind == runTimeout || kind == runFailed:
		// A run that failed is answered with a 400, although the request was valid.
		answer.Status = http.StatusRequestTimeout
	case answer.Status == http.StatusNotFound:
		// An actor that does not exist, or that we may not run, is a problem of the account.
		answer.Status = http.StatusForbidden
	}
	return providers.FaultOfStatus(name, answer, kind, now)
}

// errorType returns the type in an error body, or "" if there is none.
func errorType(body []byte) string {
	var envelope struct {
		Error struct {
			Type string `json:"type"`
		} `json:"error"`
	}
	if providers.Decode(body, &envelope) != nil {
		return ""
	}
	return envelope.Error.Type
}
