// Package stripe is the rail that pays through Stripe, and the only place that knows Stripe's
// library. It translates between Stripe and domain/rail: requests and objects, units, error
// codes (refusals.go), states (statuses.go) and events (notice.go). It holds no state. Every
// call is one request, a lookup is one request per page, and no request is sent twice.
//
// # Idempotency keys
//
// Stripe remembers a key, with the answer to its first request, for at least 24 hours. Saved
// answers include refusals and server errors: the same key gives the same answer, word for
// word, even if the object was paid, failed or reversed since. Get the object for its present
// state.
//
// # What an error means, and what the caller may do
//
// The contract is in package payments. The code is Stripe's own where Stripe gave one.
//
//	what happened                          kind             code                       the caller may
//	-------------------------------------  ---------------  -------------------------  -----------------------------------
//	the input was refused before sending   Invalid          amount_not_positive, …     correct the input
//	no connection could be opened          Unavailable      stripe_unreachable         send the same request again
//	the context had ended before sending   Unavailable      request_not_sent           send the same request again
//	429, or the object was locked          RateLimited      rate_limit, lock_timeout   wait RetryAfter, same key again
//	409: the key's first request still     Unavailable      idempotency_key_in_use     send the same key again, and only
//	runs                                                                               that: the first may yet succeed
//	the key was used with other values     Conflict         idempotency_error          stop: a defect, a person looks
//	too little money, or the account or    Conflict         balance_insufficient,      fix the cause, then use the next
//	object is in the wrong state                            transfers_not_allowed, …   generation of the key
//	a card or bank debit was declined      Conflict         card_declined, …           pay otherwise with a new key
//	a parameter is wrong                   Invalid          amount_too_small, …        correct it, new generation
//	401, 403, the account disconnected     Denied           account_invalid, …         have a person restore access
//	the object does not exist              NotFound         resource_missing           stop, or record its absence
//	connection lost after sending          UnknownOutcome   stripe_connection_lost     see below
//	no answer in time                      UnknownOutcome   stripe_timeout             see below
//	5xx                                    UnknownOutcome   stripe_server_error        see below
//	an answer that is not Stripe's, or     UnknownOutcome   stripe_answer_unreadable   see below
//	that contradicts the request
//	two objects for one key generation     Conflict         duplicate_at_stripe        stop: money moved twice, a person looks
//	a lookup did not reach the last page   Unavailable      lookup_incomplete          look again; never read it as "not found"
//
// After an UnknownOutcome the effect may or may not have happened. Within 24 hours of the
// first request the same request may be sent again under the same key: Stripe answers with
// the result of the first. Later, or when the same key keeps answering 5xx, the object must
// be looked for with its Find call before anything else is sent. A new generation is allowed
// only when Find says that there is none.
//
// What is unknown for a writing call is Unavailable, with the same code, for a reading one.
//
// # What makes "never sent" certain
//
// Go's HTTP transport by itself repeats a request that carries an idempotency key when a
// kept-alive connection breaks. A refused connection may thus be the end of a second attempt
// after a first one that reached Stripe. So stripe_unreachable needs two proofs: the error is
// one of dialling, and no attempt of this request ever got a connection.
//
// # What is safe to log
//
// Stripe's own sentences are dropped, because they can quote keys, names and bank digits.
// Stripe's request id is kept: it leads to the full text in Stripe's dashboard.
//
// # Units
//
// Amounts are minor units and currencies upper-case codes as in domain/money. Stripe writes
// currencies in lower case and counts three of them in other units than ISO 4217; the
// conversion is in units.go.
package stripe
