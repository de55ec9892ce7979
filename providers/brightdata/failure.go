package brightdata

import (
	"net/http"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
)

// faultOf classifies an answer that is not a list of records. Bright Data writes its errors as sentences, which our
// messages do not quote.
func faultOf(answer providers.Answer, now time.Time) error {
	switch answer.Status {
	case http.StatusAccepted:
		return notReady()
	case http.StatusNotFound:
		// A dataset that does not exist, or that we may not use, is a problem of the account.
		answer.Status = http.StatusForbidden
	}
	return providers.FaultOfStatus(name, answer, "", now)
}

// notReadyFor is how long Bright Data asks to wait for a snapshot that is not ready.
const notReadyFor = 10 * time.Second

func notReady() *fault.Error {
	return fault.New(fault.Unavailable, providers.CodeNotReady, "Bright Data has not read all posts yet: the answer is collected later").After(notReadyFor)
}
