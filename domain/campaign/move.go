package campaign

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
)

// NewCampaign is a campaign to be stored as a draft.
type NewCampaign struct {
	ID             string `json:"id"`
	OrganizationID string `json:"organization_id"`
	Name           string `json:"name"`
	Terms          Terms  `json:"terms"`
}

// Standing is a campaign's status with the facts for the guards of its lifecycle.
type Standing struct {
	// Asked is the last request of the payment; zero if there is none.
	Asked           AskedPayment `json:"asked,omitzero"`
	Status          Status       `json:"status"`
	Facts           Facts        `json:"facts"`
	PaymentIntentID string       `json:"payment_intent_id"`
	// TrackingOff: a person has stopped tracking, so no clip gets its final reading.
	TrackingOff bool `json:"tracking_off,omitempty"`
	// Verification is how far the brand is verified, and VerificationID its last attempt.
	Verification   rail.Verification `json:"verification,omitempty"`
	VerificationID string            `json:"verification_id,omitempty"`
	Currency       money.Currency    `json:"currency,omitempty"`
	// EndsAt is the end in the present terms, which an amendment may have moved.
	EndsAt time.Time `json:"ends_at,omitzero"`
}

// Move is one transition of the lifecycle at a time.
type Move struct {
	CampaignID string    `json:"campaign_id"`
	Command    Command   `json:"command"`
	StartsAt   time.Time `json:"starts_at"`
	Now        time.Time `json:"now"`
	// PayoutMinimumMinor is the least amount that a payout run pays.
	PayoutMinimumMinor int64 `json:"payout_minimum_minor"`
	// ActionID, Actor and Reason record a person's command. They are empty for the engine's.
	ActionID string `json:"action_id"`
	Actor    string `json:"actor"`
	Reason   string `json:"reason"`
	// VerifyAbove is the present setting of the process that makes the move. It is not frozen:
	// a lower amount applies to every campaign that is not live yet.
	VerifyAbove VerifyAbove `json:"-"`
}

// AskedPayment is a request of the brand's payment, as it was stored before it was sent.
type AskedPayment struct {
	Generation int       `json:"generation"`
	AskedAt    time.Time `json:"asked_at"`
}
