package stripe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

const (
	// webhookTolerance is the age from which Stripe advises to refuse a signature as replayed.
	// It applies in both directions: a time far in the future would keep a captured event valid.
	webhookTolerance = 300 * time.Second
	// signaturesMax bounds the work that an unsigned request can cause. Stripe sends one
	// signature per secret in use, which is two while a secret is rolled.
	signaturesMax = 16
)

// ParseWebhook verifies and reads the body of a webhook request, which must be exactly as
// received and of bounded size. Any of the secrets may have signed it. The faults are Denied
// "webhook_signature_invalid" and "webhook_timestamp_outside_tolerance", and Invalid
// "webhook_malformed" for a signed body that is not an event. Unknown types of events and
// unknown versions of Stripe's API are read as far as possible.
//
// Stripe's library has a verifier, but it reads the clock itself and refuses other versions.
// The protocol is under "Verify webhook signatures manually" in Stripe's documentation.
func ParseWebhook(payload []byte, signatureHeader string, secrets []string, now time.Time) (rail.Event, error) {
	signedAt, signatures := parseSignatureHeader(signatureHeader)
	if !signed(payload, signedAt, signatures, secrets) {
		return rail.Event{}, fault.New(fault.Denied, "webhook_signature_invalid",
			"the webhook is not signed with any of the configured secrets: compare them with the endpoint's in Stripe's dashboard")
	}

	seconds, err := strconv.ParseInt(signedAt, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > webhookTolerance {
		return rail.Event{}, fault.New(fault.Denied, "webhook_timestamp_outside_tolerance",
			"the webhook was signed more than %s before or after our time: check the clock, or have Stripe send it again", webhookTolerance)
	}

	return parseEvent(payload)
}

// parseSignatureHeader returns the time and the v1 signatures of "t=…,v1=…,v1=…". Other
// schemes are skipped. The time stays text, because text is what was signed; two times, or an
// element that is no pair, make the header ambiguous and return none.
func parseSignatureHeader(header string) (signedAt string, signatures [][]byte) {
	for element := range strings.SplitSeq(header, ",") {
		name, value, isPair := strings.Cut(element, "=")
		if !isPair || strings.Contains(value, "=") {
			return "", nil
		}
		switch name {
		case "t":
			if signedAt != "" {
				return "", nil
			}
			signedAt = value
		case "v1":
			signature, err := hex.DecodeString(value)
			if err != nil || len(signatures) == signaturesMax {
				continue
			}
			signatures = append(signatures, signature)
		}
	}
	return signedAt, signatures
}

func signed(payload []byte, signedAt string, signatures [][]byte, secrets []string) bool {
	if signedAt == "" {
		return false
	}
	for _, secret := range secrets {
		if secret == "" {
			continue // Everyone can sign with an empty secret.
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(signedAt + "."))
		mac.Write(payload)
		expected := mac.Sum(nil)
		for _, signature := range signatures {
			if hmac.Equal(expected, signature) {
				return true
			}
		}
	}
	return false
}

// errMalformed does not have the cause, which can quote the body.
var errMalformed = fault.New(fault.Invalid, "webhook_malformed",
	"the webhook is signed but is not a Stripe event: check that the endpoint receives v1 events")

// parseEvent reads the fields that we need in one pass, because events come hundreds a second and have
// many more. A field of the object that has an unexpected form reads as absent, so that a new kind of
// event, or a new version of a known one, does not block the inbox.
func parseEvent(payload []byte) (rail.Event, error) {
	if !gjson.ValidBytes(payload) {
		return rail.Event{}, errMalformed
	}
	var event rail.Event
	var created, about gjson.Result
	gjson.ParseBytes(payload).ForEach(func(name, value gjson.Result) bool {
		switch name.Str {
		case "id":
			event.ID = text(value)
		case "type":
			event.Type = text(value)
		case "account":
			event.Account = text(value)
		case "created":
			created = value
		case "livemode":
			event.Livemode = value.Bool()
		case "data":
			about = value.Get("object")
		}
		return true
	})
	isEvent := event.ID != "" && event.Type != "" && (created.Type == gjson.Number || !created.Exists()) && (about.IsObject() || about.Type == gjson.Null)
	if !isEvent {
		return rail.Event{}, errMalformed
	}
	event.CreatedAt = time.Unix(created.Int(), 0).UTC()
	parseObject(about, &event)
	return event, nil
}

// parseObject reads the object of an event. Each kind of object keeps the reason of a failure in another
// field: payouts and charges, refunds, payment intents.
func parseObject(about gjson.Result, event *rail.Event) {
	var failureCode, failureReason, paymentError string
	about.ForEach(func(name, value gjson.Result) bool {
		switch name.Str {
		case "object":
			event.ObjectType = text(value)
		case "id":
			event.ObjectID = text(value)
		case "status":
			event.Status = text(value)
		case "metadata":
			event.PayoutID, event.CampaignID = text(value.Get(metadataPayoutID)), text(value.Get(metadataCampaignID))
			event.DepositID, event.WithdrawalID = text(value.Get(metadataDepositID)), text(value.Get(metadataWithdrawalID))
		case "payment_intent": // its id, or the object itself
			event.FundingID = orElse(text(value), text(value.Get("id")))
		case "failure_code":
			failureCode = text(value)
		case "failure_reason":
			failureReason = text(value)
		case "last_payment_error":
			paymentError = text(value.Get("code"))
		}
		return true
	})
	event.FailureCode = orElse(failureCode, orElse(failureReason, paymentError))
}

// text reads an id or a code. None has the character NUL, which a database cannot store in a text.
func text(value gjson.Result) string {
	if value.Type != gjson.String || strings.ContainsRune(value.Str, 0) {
		return ""
	}
	return strings.ToValidUTF8(value.Str, "\uFFFD")
}
