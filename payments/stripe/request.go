package stripe

import (
	"context"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/fault"
)

// The names under which Stripe keeps our ids with its objects and returns them in events.
const (
	metadataPayoutID       = "payout_id"
	metadataCampaignID     = "campaign_id"
	metadataDepositID      = "deposit_id"
	metadataWithdrawalID   = "withdrawal_id"
	metadataGeneration     = "generation"
	metadataCreatorID      = "creator_id"
	metadataOrganizationID = "organization_id"
)

const (
	idempotencyKeyMax = 255
	// ownIDMax leaves room for a prefix within Stripe's limits on metadata and groups.
	ownIDMax = 200
)

var stripeID = regexp.MustCompile(`^[A-Za-z0-9_]{1,255}$`)

// firstOf returns the first error: a request is checked field by field and refused for one
// reason at a time.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkKey refuses a missing key, and one that Stripe would read as another.
func checkKey(key string) error {
	if key == "" {
		return fault.Field("idempotency_key", "idempotency_key_required",
			"a call that moves money needs an idempotency key that was recorded before it")
	}
	if len(key) > idempotencyKeyMax || !printable(key) {
		return fault.Field("idempotency_key", "idempotency_key_invalid",
			"an idempotency key has at most %d printable ASCII characters and no spaces", idempotencyKeyMax)
	}
	return nil
}

// checkStripeID refuses what Stripe cannot have given as an id. An empty id would turn the
// address of one object into that of the list.
func checkStripeID(field, id string) error {
	if !stripeID.MatchString(id) {
		return fault.Field(field, "stripe_id_invalid", "%s must be an id given by Stripe", field)
	}
	return nil
}

// checkAccount also refuses the ids of other objects, which are strings as well.
func checkAccount(id string) error {
	if err := checkStripeID("account", id); err != nil {
		return err
	}
	if !strings.HasPrefix(id, "acct_") {
		return fault.Field("account", "stripe_account_invalid", "account must be the id of a Stripe account (acct_…)")
	}
	return nil
}

func checkOwnID(field, id string) error {
	if id == "" || len(id) > ownIDMax || !printable(id) {
		return fault.Field(field, "id_invalid", "%s must be one of our ids", field)
	}
	return nil
}

func checkGeneration(generation int) error {
	if generation < 0 {
		return fault.Field("generation", "generation_negative", "generation counts up from zero")
	}
	return nil
}

func printable(text string) bool {
	for _, char := range []byte(text) {
		if char <= ' ' || char > '~' {
			return false
		}
	}
	return true
}

// params are the common parameters of a call on the platform's own account.
func params(ctx context.Context, idempotencyKey string) stripe.Params {
	common := stripe.Params{Context: ctx}
	if idempotencyKey != "" {
		common.IdempotencyKey = &idempotencyKey
	}
	return common
}

// paramsFor are the common parameters of a call on a connected account.
func paramsFor(ctx context.Context, account, idempotencyKey string) stripe.Params {
	common := params(ctx, idempotencyKey)
	common.StripeAccount = &account
	return common
}

func payoutMetadata(payoutID string, generation int) map[string]string {
	return map[string]string{metadataPayoutID: payoutID, metadataGeneration: strconv.Itoa(generation)}
}

func belongsToPayout(metadata map[string]string, payoutID string, generation int) bool {
	return metadata[metadataPayoutID] == payoutID && metadata[metadataGeneration] == strconv.Itoa(generation)
}

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// uuidIn returns one of our UUIDs in metadata, or nothing if it is malformed. Every user of the
// dashboard can write metadata, and the books refuse what is no UUID.
func uuidIn(metadata map[string]string, field string) string {
	if id := metadata[field]; uuidForm.MatchString(id) {
		return id
	}
	return ""
}

// numberIn returns the number of a refund. The books count from 1 and store it in 32 bits.
func numberIn(metadata map[string]string) int {
	number := generationIn(metadata)
	if number < 0 || number > math.MaxInt32 {
		return 0
	}
	return number
}

// generationIn returns zero where there is none. It has a meaning only together with our id.
func generationIn(metadata map[string]string) int {
	generation, err := strconv.Atoi(metadata[metadataGeneration])
	if err != nil {
		return 0
	}
	return generation
}
