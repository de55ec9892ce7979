package stripe_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79/webhook"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/payments/stripe"
)

var signedAt = time.Unix(1700000000, 0)

func signature(payload, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "%d.%s", signedAt.Unix(), payload)
	return hex.EncodeToString(mac.Sum(nil))
}

func header(signatures ...string) string {
	return fmt.Sprintf("t=%d,v1=%s", signedAt.Unix(), strings.Join(signatures, ",v1="))
}

func parse(payload, header string, secrets ...string) (rail.Event, error) {
	return stripe.ParseWebhook([]byte(payload), header, secrets, signedAt)
}

func eventJSON(t testing.TB, about any) string {
	t.Helper()
	payload, err := json.Marshal(object{
		"id": "evt_1", "object": "event", "type": "payout.failed", "account": "acct_creator1", "created": 1699999000, "livemode": true,
		"api_version": "2016-07-06", "data": object{"object": about},
	})
	require.NoError(t, err)
	return string(payload)
}

const bareEvent = `{"id":"evt_1","type":"something.new"}`

func TestParseWebhookSignatures(t *testing.T) {
	t.Parallel()
	good := signature(bareEvent, "whsec_new")

	for name, c := range map[string]struct {
		header  string
		secrets []string
	}{
		"by the only secret":                     {header(good), []string{"whsec_new"}},
		"by the second secret":                   {header(good), []string{"whsec_old", "whsec_new"}},
		"with the good signature last":           {header(signature(bareEvent, "whsec_older"), good), []string{"whsec_new"}},
		"with other schemes around it":           {"v0=00," + header(good) + ",v2=zz", []string{"whsec_new"}},
		"with another signature that is not hex": {header("zz", good), []string{"whsec_new"}},
	} {
		t.Run("accepts a body signed "+name, func(t *testing.T) {
			t.Parallel()

			event, err := parse(bareEvent, c.header, c.secrets...)

			require.NoError(t, err)
			require.Equal(t, "evt_1", event.ID)
		})
	}

	for name, c := range map[string]struct {
		payload string
		header  string
		secrets []string
	}{
		"another secret's signature":            {bareEvent, header(signature(bareEvent, "whsec_other")), []string{"whsec_new"}},
		"a signature of another body":           {bareEvent + " ", header(good), []string{"whsec_new"}},
		"no secrets":                            {bareEvent, header(good), nil},
		"an empty secret that signed":           {bareEvent, header(signature(bareEvent, "")), []string{""}},
		"no header":                             {bareEvent, "", []string{"whsec_new"}},
		"no signature":                          {bareEvent, "t=1700000000", []string{"whsec_new"}},
		"an empty signature":                    {bareEvent, header(""), []string{"whsec_new"}},
		"no time":                               {bareEvent, "v1=" + good, []string{"whsec_new"}},
		"another time":                          {bareEvent, "t=1700000001,v1=" + good, []string{"whsec_new"}},
		"two times":                             {bareEvent, "t=1700000000," + header(good), []string{"whsec_new"}},
		"a good signature under another scheme": {bareEvent, "t=1700000000,v0=" + good, []string{"whsec_new"}},
		"a part of the signature":               {bareEvent, header(good[:32]), []string{"whsec_new"}},
		"an element that is no pair":            {bareEvent, header(good) + ",x", []string{"whsec_new"}},
		"an element with two values":            {bareEvent, header(good) + ",v1=00=00", []string{"whsec_new"}},
		"more signatures than Stripe sends":     {bareEvent, header(append(slicesOf("00", 16), good)...), []string{"whsec_new"}},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()

			event, err := parse(c.payload, c.header, c.secrets...)

			requireFault(t, err, fault.Denied, "webhook_signature_invalid")
			require.Zero(t, event)
		})
	}

	t.Run("accepts a signature for five minutes in both directions and no longer", func(t *testing.T) {
		t.Parallel()
		for offset, accepted := range map[time.Duration]bool{
			300 * time.Second: true, -300 * time.Second: true, 301 * time.Second: false, -301 * time.Second: false,
			1<<63 - 1: false, -1 << 63: false,
		} {
			_, err := stripe.ParseWebhook([]byte(bareEvent), header(good), []string{"whsec_new"}, signedAt.Add(offset))

			if accepted {
				require.NoError(t, err, offset)
				continue
			}
			requireFault(t, err, fault.Denied, "webhook_timestamp_outside_tolerance")
		}
	})

	t.Run("does not reveal to an unsigned request that its time is wrong", func(t *testing.T) {
		t.Parallel()

		_, err := parse(bareEvent, "t=1,v1="+good, "whsec_new")

		requireFault(t, err, fault.Denied, "webhook_signature_invalid")
	})
}

func slicesOf(text string, count int) []string {
	return strings.Split(strings.TrimSuffix(strings.Repeat(text+" ", count), " "), " ")
}

func TestParseWebhookEvents(t *testing.T) {
	t.Parallel()
	parseSigned := func(payload string) (rail.Event, error) {
		return parse(payload, header(signature(payload, "whsec_1")), "whsec_1")
	}

	t.Run("reads a text with the character NUL as absent", func(t *testing.T) {
		t.Parallel()

		event, err := parseSigned(eventJSON(t, object{"id": "po_\x00", "object": "payout", "metadata": object{"payout_id": "018f-payout", "campaign_id": "\x00"}}))

		require.NoError(t, err)
		require.Equal(t, "018f-payout", event.PayoutID)
		require.Empty(t, event.ObjectID)
		require.Empty(t, event.CampaignID)
	})

	t.Run("reads what we route by", func(t *testing.T) {
		t.Parallel()

		event, err := parseSigned(eventJSON(t, object{
			"id": "po_1", "object": "payout", "status": "failed", "failure_code": "account_closed",
			"metadata": object{"payout_id": "018f-payout", "campaign_id": "018f-campaign"},
		}))

		require.NoError(t, err)
		require.Equal(t, rail.Event{
			ID: "evt_1", Type: "payout.failed", Account: "acct_creator1", CreatedAt: time.Unix(1699999000, 0).UTC(),
			ObjectType: "payout", ObjectID: "po_1", PayoutID: "018f-payout", CampaignID: "018f-campaign",
			Status: "failed", FailureCode: "account_closed", Livemode: true,
		}, event)
	})

	t.Run("finds the payment of a dispute and the reason of each kind of failure", func(t *testing.T) {
		t.Parallel()
		for about, want := range map[string]rail.Event{
			`{"object":"dispute","payment_intent":"pi_1"}`:                       {ObjectType: "dispute", FundingID: "pi_1"},
			`{"object":"dispute","payment_intent":{"id":"pi_1"}}`:                {ObjectType: "dispute", FundingID: "pi_1"},
			`{"object":"refund","failure_reason":"declined"}`:                    {ObjectType: "refund", FailureCode: "declined"},
			`{"object":"payment_intent","last_payment_error":{"code":"x_y"}}`:    {ObjectType: "payment_intent", FailureCode: "x_y"},
			`{"object":"payment_intent","last_payment_error":null}`:              {ObjectType: "payment_intent"},
			`{"object":"balance","available":[{"amount":1}]}`:                    {ObjectType: "balance"},
			`{"object":"payout","metadata":{"payout_id":7},"status":["failed"]}`: {ObjectType: "payout"},
			`{"object":"payout","metadata":[]}`:                                  {ObjectType: "payout"},
			`null`:                                                               {},
			`{}`:                                                                 {},
		} {
			event, err := parseSigned(eventJSON(t, json.RawMessage(about)))

			require.NoError(t, err, about)
			want.ID, want.Type, want.Account, want.CreatedAt, want.Livemode =
				"evt_1", "payout.failed", "acct_creator1", time.Unix(1699999000, 0).UTC(), true
			require.Equal(t, want, event, about)
		}
	})

	t.Run("reads broken characters as the database can store them", func(t *testing.T) {
		t.Parallel()

		event, err := parseSigned("{\"id\":\"evt_1\",\"type\":\"x\",\"account\":\"acct_\xff\",\"data\":{\"object\":{\"id\":\"po_\\ud800\"}}}")

		require.NoError(t, err)
		require.Equal(t, "acct_\uFFFD", event.Account)
		require.Equal(t, "po_\uFFFD", event.ObjectID)
	})

	t.Run("refuses a signed body that is not an event", func(t *testing.T) {
		t.Parallel()
		for _, payload := range []string{
			"", "{", "null", "[]", `{}`, `{"id":"evt_1"}`, `{"type":"x"}`, `{"id":1,"type":"x"}`,
			`{"id":"evt_1","type":"x","created":"yesterday"}`, `{"id":"evt_1","type":"x","data":{"object":[]}}`, `{"id":"evt_1","type":"x","data":{"object":"Jenny Rosen"}}`, bareEvent + "{",
		} {
			_, err := parseSigned(payload)

			requireFault(t, err, fault.Invalid, "webhook_malformed")
			require.NotContains(t, err.Error(), "Jenny")
		}
	})
}

func FuzzParseWebhook(f *testing.F) {
	secrets := []string{"whsec_1", "", "whsec_2"}
	about := object{"id": "po_1", "object": "payout", "metadata": object{"payout_id": "p"}}
	for _, payload := range []string{"", "{", bareEvent, eventJSON(f, about), eventJSON(f, nil)} {
		f.Add([]byte(payload), header(signature(payload, "whsec_1")), false)
		f.Add([]byte(payload), header("00", signature(payload, "whsec_2")), false)
		f.Add([]byte(payload), header(signature(payload, "")), false)
		f.Add([]byte(payload), "", true)
	}

	f.Fuzz(func(t *testing.T, payload []byte, header string, sign bool) {
		if sign { // Lets the fuzzer past the signature, to the reading of the body.
			header = fmt.Sprintf("t=%d,v1=%s", signedAt.Unix(), signature(string(payload), "whsec_1"))
		}

		event, err := stripe.ParseWebhook(payload, header, secrets, signedAt)
		if err != nil {
			_, classified := fault.As(err)
			require.True(t, classified)
			require.Zero(t, event)
			return
		}
		require.NotEmpty(t, event.ID)
		require.NotEmpty(t, event.Type)
		first := webhook.ValidatePayloadIgnoringTolerance(payload, header, "whsec_1")
		second := webhook.ValidatePayloadIgnoringTolerance(payload, header, "whsec_2")
		require.True(t, first == nil || second == nil, "Stripe's own verifier refuses what was accepted")
	})
}
