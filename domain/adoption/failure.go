package adoption

import "github.com/creditroll/creditroll/domain/fault"

// Failure is why a payout was set aside. The other payouts do not wait for it, and it is tried
// again. Code is a fault's code, and Detail its message for people.
type Failure struct {
	Code   string `json:"code,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// detailMax bounds what is stored of a message.
const detailMax = 500

// FailureOf returns the failure that an error stands for.
func FailureOf(err error) Failure {
	failure := Failure{Code: "internal", Detail: "internal error: see the worker's log"}
	if found, ok := fault.As(err); ok && found.Code != "" {
		failure = Failure{Code: found.Code, Detail: found.Message}
	}
	if runes := []rune(failure.Detail); len(runes) > detailMax {
		failure.Detail = string(runes[:detailMax])
	}
	return failure
}

// SetAside is one payout whose try has failed.
type SetAside struct {
	PayoutID string  `json:"payout_id"`
	Failure  Failure `json:"failure"`
}
