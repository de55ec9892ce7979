package earnings

import "time"

// CardHold keeps earnings on hold until the payment that funds them has this age, if it was made by
// card. The holder of a card can dispute a payment for months. Zero is off.
type CardHold time.Duration

// cardMethods are the payment processor's words for payments that a card's holder can dispute. A link
// payment may be by card, and so may one whose method is not known. Bank transfers and debits are not
// among them.
var cardMethods = []string{"card", "card_present", "link", ""}

// Methods returns the methods of the payments that it concerns. It is never nil.
func (h CardHold) Methods() []string {
	if h <= 0 {
		return []string{}
	}
	return append([]string{}, cardMethods...)
}

// Since returns the moment after which a payment keeps its earnings on hold.
func (h CardHold) Since(now time.Time) time.Time { return now.Add(-time.Duration(h)) }

// Until returns when the earnings from a payment can be released.
func (h CardHold) Until(paidAt time.Time) time.Time { return paidAt.Add(time.Duration(h)) }
