package rail

// NewVerification asks a rail to verify the person behind a brand.
type NewVerification struct {
	OrganizationID string
	// ReturnURL gets the person when they are done.
	ReturnURL      string
	IdempotencyKey string
}

// VerificationSession is one attempt of a brand to be verified. The rail keeps what the person
// supplies; we keep only the state.
type VerificationSession struct {
	ID string `json:"id"`
	// OrganizationID is ours. It is empty for a session that we did not create.
	OrganizationID string       `json:"organization_id,omitempty"`
	Status         Verification `json:"status"`
	// ErrorCode is the rail's word for why it asks again, such as document_expired.
	ErrorCode string `json:"error_code,omitempty"`
	// URL is where the person supplies what the rail asks for. It is for that person alone and
	// works once, so it is in no payload and is not stored.
	URL string `json:"-"`
}

// String shows no address.
func (s VerificationSession) String() string { return s.ID + " is " + string(s.Status) }
