// Package stripe simulates the parts of the Stripe API (v1, version 2024-06-20)
// that pay creators, in their wire format. Real clients run against it unchanged.
//
//	sim, err := stripe.New(stripe.Options{WebhookURL: …, WebhookSecret: …})
//	base, err := sim.Start("127.0.0.1:0")   // or serve sim.Handler()
//	defer sim.Close()
//
// Any key that starts with sk_ or rk_ is the platform's. The header
// Stripe-Account selects a connected account. The state is in memory under one
// mutex, so that an effect, its journal line, its events and the answer saved
// under its idempotency key are written together or not at all.
//
// # Steps of a request
//
//	faults (edge) -> key -> account -> parameters -> idempotency -> faults (inside) -> endpoint
//
// Refusals up to the parameters are not saved under the idempotency key. Once
// execution has begun, every answer is saved: success, balance_insufficient, a
// scripted refusal, and a scripted 500 with "inside": true. With "after_effect" as
// well, the 500 is saved although the effect stays. A scripted refuse is always
// inside. A hang or delay that is inside holds the key, so that another request
// with the same key is answered with 409; it goes on when its caller disconnects.
// At the edge, a caller that disconnects causes no effect. Other requests are
// served while one is held.
//
// # Money
//
// Every movement is a balance transaction; balances are their sums per account
// and currency. Transfers need available money of the platform, or a
// source_transaction. Reversals and payouts need the money on the connected
// account. A balance goes below zero only by a dispute, by the fee on a charge
// that was transferred as a whole, or by an adjustment through the control API.
// Currencies are not converted: an account holds the currencies it was sent.
//
// # Outcomes that a request chooses
//
// Payment methods: Stripe's test tokens (pm_card_visa, pm_card_chargeDeclined,
// pm_card_bypassPending, pm_card_createDispute, pm_card_refundFail,
// pm_card_pendingRefund, pm_usBankAccount and its failing variants).
//
// Bank account numbers: Stripe's, by their last eight digits: 000123456789 is
// paid, 000111111116 no_account, 000111111113 account_closed, 000222222227
// insufficient_funds, 000333333335 debit_not_authorized, 000444444440
// invalid_currency, and the IBANs DE…3001 to DE…3005. Two are ours: 000555555559
// fails with could_not_process, and 000999999991 is paid and fails later
// (account_closed). A bank account that failed becomes "errored". Further payouts
// to it are accepted and fail again, until it is replaced.
//
// Accounts: the transfers capability is active once requested and
// tos_acceptance.date, individual.first_name, individual.last_name and
// individual.dob.{day,month,year} are given (company.name instead of
// individual.* for companies). Payouts are enabled when there is an external
// account as well. Missing fields are in requirements.currently_due; an update with
// them sends account.updated and capability.updated. An account link opens
// /_sim/onboard/{id}, which fills in all fields.
//
// # Time
//
// The simulator's clock is real time times a factor, plus an offset. Payouts,
// debits, refunds, pending funds and idempotency keys follow it; webhooks and
// faults follow real time.
//
// # Control
//
// All bodies are JSON; faults and journal are documented in package faults.
//
//	GET    /_sim/state                            everything
//	POST   /_sim/reset                            back to an empty platform, no faults, clock at real time
//	GET    /_sim/clock
//	POST   /_sim/clock                            {"advance":"24h"} or {"advance_ms":…}, {"factor":…}
//	*      /_sim/faults, GET /_sim/journal
//	POST   /_sim/payouts/{id}/pay | fail          {"failure_code":…}; a paid payout may fail, too
//	POST   /_sim/refunds/{id}/succeed | fail
//	POST   /_sim/payment_intents/{id}/succeed | fail   while processing
//	POST   /_sim/disputes                         {"charge":…,"amount_minor":…,"reason":…}
//	POST   /_sim/disputes/{id}/win | lose
//	POST   /_sim/accounts/{id}                    {"payouts_enabled":…,"transfers":…,"currently_due":[…],"pending_verification":[…],"disabled_reason":…}
//	DELETE /_sim/accounts/{id}/override           back to the account's own data
//	POST   /_sim/accounts/{id}/complete | deauthorize | adjust   {"amount_minor":…,"currency":…}
//	POST   /_sim/webhooks                         {"url":…,"secret":…,"mode":"normal|late|twice|reverse|off","delay_ms":…}
//	POST   /_sim/webhooks/redeliver               all events that no receiver accepted
//	POST   /_sim/events/{id}/redeliver
//
// Effect lines of the journal: charge.succeeded, charge.failed,
// transfer.applied, reversal.applied, payout.applied, payout.paid,
// payout.failed, payout.canceled, refund.applied, refund.succeeded,
// refund.failed, dispute.opened, dispute.won, dispute.lost, balance.adjusted,
// account.created, account.updated, webhook.delivered, webhook.refused. Account
// is the other account: the destination of a transfer, the owner of a payout.
// Currencies are lower case, as on the wire.
//
// # Restarts
//
// With a StateFile the whole state is written before an answer is sent. That is
// meant for a development stack: the cost of an effect grows with the state, to
// some 50 ms at 300 paid creators. The file has the effect lines of the journal,
// but not the requests.
package stripe
