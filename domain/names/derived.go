package names

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Derived ids are version 5 UUIDs over business ids.
var (
	engineSpace  = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://creditroll.dev/ids"))
	requestSpace = uuid.MustParse("5f0c9bb5-6f3e-4a7e-9c53-1f4f3e0a7d21")
)

func derive(format string, parts ...any) string {
	return uuid.NewSHA1(engineSpace, fmt.Appendf(nil, format, parts...)).String()
}

// PayoutRunID returns the id of the run of a period with a number.
func PayoutRunID(period string, number int) string { return derive("payout-run/%s.%d", period, number) }

// AdoptedRunID returns the id of the run of an adopted payout whose id shows no run.
func AdoptedRunID(payoutID string) string { return derive("adopted-run/%s", payoutID) }

// InstantRunID returns the id of the run of an instant payout, by the request of a creator.
func InstantRunID(requestID string) string { return derive("instant-run/%s", requestID) }

// PayoutID returns the id of a creator's payout in one currency in one run.
func PayoutID(runID, creatorID, currency string) string {
	return derive("payout/%s/%s/%s", runID, creatorID, currency)
}

// PassID returns the id of a reconciliation pass. A workflow runs one pass at a time.
func PassID(workflowID string, startedAt time.Time) string {
	return derive("reconciliation/%s/%d", workflowID, startedAt.UnixNano())
}

// ActionID returns the id of the record of an operator's update. An update keeps its id over
// retries and resets.
func ActionID(workflowID, updateID string) string {
	return derive("action/%s/%s", workflowID, updateID)
}

// RequestID returns the id of the record that an actor's request with an Idempotency-Key creates.
func RequestID(actor, key string) string { return deriveRequest("request", actor, key) }

// CommandID returns the id of a command that an actor sends with an Idempotency-Key. The engine
// carries out a command once.
func CommandID(actor, key, command, subject string) string {
	return deriveRequest("command", actor, key, command, subject)
}

// AccountChangeID returns the id of a creator's first connected account.
func AccountChangeID(creatorID, account string) string {
	return derive("account/%s/%s", creatorID, account)
}

// VerificationKey returns the key for creating a session of a brand's verification. Sessions are
// counted, because a canceled one needs another. A key must not be used for two requests, so the
// address for the return is part of it.
func VerificationKey(organizationID string, number int, returnURL string) string {
	return "verification/" + derive("verification/%s/%d/%s", organizationID, number, returnURL)
}

func deriveRequest(parts ...string) string {
	return uuid.NewSHA1(requestSpace, []byte(strings.Join(parts, "\x00"))).String()
}
