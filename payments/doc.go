// Package payments is what we ask of a payment rail. Each rail is a package of its own below
// this one, which alone knows its processor: payments/stripe is the first. The values that
// pass through the interface are in domain/rail.
//
// # Why a rail repeats no call
//
// A transfer that is sent twice pays twice unless both requests carry the same idempotency
// key. Keys therefore come from the caller, which stored them together with the amount before
// the first call. A rail refuses a call that moves money without a key. It sends every
// request once: the workflow engine retries, because it knows what was recorded before.
//
// # What an error means, and what the caller may do
//
// Every error is a *fault.Error. Its code is the processor's own where it gave one, and
// fault.Error.Meaning is a rail.Meaning if a decision depends on the code.
//
//	kind            what happened                           the caller may
//	--------------  --------------------------------------  ------------------------------------
//	Invalid         the input was refused, by us before     correct it, then use the next
//	                sending or by the processor             generation of the key
//	Conflict        the state of the account or object      fix the cause, then use the next
//	                forbids it, or money is missing         generation of the key
//	Denied          the credentials or the account are      have a person restore access
//	                not accepted
//	NotFound        the object does not exist               stop, or record its absence
//	RateLimited     the processor put the request off       wait RetryAfter, same key again
//	Unavailable     the request was not sent, or did        send the same request again
//	                nothing yet
//	UnknownOutcome  the request left, and no answer can     send the same request again while
//	                be trusted                              the processor remembers the key;
//	                                                        later look the object up first
//
// A KeyReused meaning is the exception to Conflict: it says nothing about our own request, and
// a person has to look.
//
// Unavailable and RateLimited say that this request did nothing. They say nothing about an
// earlier request under the same key whose outcome was unknown; that stays unknown until it
// is looked up. Reading moves no money, so a Get, Find or List call never ends in
// UnknownOutcome.
//
// A Find call that returns false without an error is proof that the object does not exist.
// Only this proof allows the next generation after an unknown outcome. Right after a request that
// was cut off, one look is not enough: Stripe may still be at work on it.
//
// Messages, codes, fields and causes are safe to log: they hold no key, client secret, name or
// bank digits.
package payments
