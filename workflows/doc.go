// Package workflows has the durable processes: a campaign's life, the tracking of a clip, a
// payout run, a payout, a correction of the books, and a dispute over a payment. It also has the
// passes that run on a schedule. They release holds, deliver stored webhooks, compare the books
// with Stripe, seal the journal, create tables, and delete old idempotency keys.
//
// A workflow decides nothing about money. Rules are in package domain; facts and writes are in
// package activities. A workflow may be killed, replayed or reset at any line, so every write
// can be repeated. Keys come from business ids: see package domain/names.
//
// Every timeout and retry policy is in calls.go. Updates, signals and results are in
// messages.go. How a workflow waits is in waiting.go, and how it asks a person for help is in
// attention.go.
package workflows
