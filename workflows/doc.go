// Package workflows are the durable processes: a campaign's life, the tracking of a clip, a
// payout run, a payout, a correction of the books, a dispute over a payment, and the passes
// that release holds, deliver stored webhooks and compare the books with Stripe.
//
// A workflow decides nothing about money by itself: rules are in domain, facts and writes
// in activities. It may be killed, replayed or reset at any line; keys come from business
// ids (ids.go), and every write can be repeated. All timeouts and retries are on one page,
// calls.go; what may be said to a workflow is in messages.go.
package workflows
