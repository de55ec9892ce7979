package stripe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

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
// schemes are skipped. The time stays text, because text is what was signed; two times make
// the header ambiguous and return none.
func parseSignatureHeader(header string) (signedAt string, signatures [][]byte) {
	for element := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(element, "=")
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

func parseEvent(payload []byte) (rail.Event, error) {
	var envelope struct {
		ID       string `json:"id"`
		Type     string `json:"type"`
		Account  string `json:"account"`
		Created  int64  `json:"created"`
		Livemode bool   `json:"livemode"`
		Data     struct {
			Object object `json:"object"`
		} `json:"data"`
	}
	if err := json.Unmarshal(payload, &envelope); err != nil || envelope.ID == "" || envelope.Type == "" {
		// The cause is left out: it can quote the body.
		return rail.Event{}, fault.New(fault.Invalid, "webhook_malformed",
			"the webhook is signed but is not a Stripe event: check that the endpoint receives v1 events")
	}

	about := envelope.Data.Object
	event := rail.Event{
		ID:           envelope.ID,
		Type:         envelope.Type,
		Account:      envelope.Account,
		CreatedAt:    time.Unix(envelope.Created, 0).UTC(),
		ObjectType:   about.text("object"),
		ObjectID:     about.text("id"),
		PayoutID:     about.nested("metadata").text(metadataPayoutID),
		CampaignID:   about.nested("metadata").text(metadataCampaignID),
		DepositID:    about.nested("metadata").text(metadataDepositID),
		WithdrawalID: about.nested("metadata").text(metadataWithdrawalID),
		FundingID:    orElse(about.text("payment_intent"), about.nested("payment_intent").text("id")),
		Status:       about.text("status"),
		FailureCode:  about.failureCode(),
		Livemode:     envelope.Livemode,
	}
	return event, nil
}

// object is read field by field. A field of an unexpected form reads as absent, so that a new
// kind of event, or a new version of a known one, does not block the inbox. No id or code has the
// character NUL, which a database cannot store in a text.
type object map[string]json.RawMessage

func (o object) text(name string) string {
	var text string
	if json.Unmarshal(o[name], &text) != nil || strings.ContainsRune(text, 0) {
		return ""
	}
	return text
}

func (o object) nested(name string) object {
	var inner object
	if json.Unmarshal(o[name], &inner) != nil {
		return nil
	}
	return inner
}

// failureCode finds the reason of a failure where each kind of object keeps it: payouts and
// charges, refunds, payment intents.
func (o object) failureCode() string {
	return orElse(o.text("failure_code"), orElse(o.text("failure_reason"), o.nested("last_payment_error").text("code")))
}
