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
// account. A balance goes below zero only by a dispute, by fees, by a top-up that is
// taken back, by a reserve, or by an adjustment through the control API.
// A negative balance swallows the next transfer: the transfer is made, and payouts
// are refused with balance_insufficient until the balance has the amount again.
//
// A payout has a smallest and a largest amount, by currency, by the account's
// country and, for instant payouts, by method: see payoutlimits.go.
//
// # Fees, reserves and top-ups
//
// The zero Options take no fee; Production has those of a platform in the United States.
// A charge costs a share of what it settles as, and a fixed part in that currency: its balance
// transaction has both in fee and fee_details. Connect is billed by balance transactions of the
// platform without a source, of type stripe_fee: one for each payout of a connected account, and
// one in the first moment of a month for the accounts that were paid out in the month before.
// Tax on them is a tax_fee. The control API charges any fee at any time.
//
// A top-up is on the balance from the start, pending for Options.TopupTransit. One that fails,
// is canceled or is taken back leaves by a topup_reversal. Its source is a test token, as for
// bank accounts: btok_us_verified_noAccount fails. It needs a bank account of the platform in
// its currency, see Options.PlatformBanks. The platform's account lists its bank accounts only while
// Stripe converts: otherwise each currency settles, whatever they are.
//
// A reserve takes money of the platform off the available balance until it is released: a
// reserved_funds for the platform's own risk, a reserve_transaction for its connected accounts.
//
// # Currencies
//
// Without Options.Convert an account holds the currencies that it was sent. With it, an account
// settles in its default currency and in those of its bank accounts; all else is converted into
// its default currency at the rate of the moment. The objects keep their own amount and
// currency, and their balance transactions have the converted amount and exchange_rate. As at
// Stripe, the rate is between minor units: from dollars to yen it is 1.5, not 150.
//
//	charge         converted as it succeeds; fees are on and in the settlement currency
//	refund         the charge's settlement currency, at the rate of the refund (of its failure)
//	dispute        the same, at the rates of the withdrawal and of the reinstatement
//	transfer       leaves the platform as it is, and is converted on arrival: see the payment
//	               py_… on the connected account
//	reversal       returns its amount to the platform as it is, and takes from the account what
//	               that is worth at the rate of the reversal: see the refund pyr_… there
//
// Stripe documents that refunds and disputes are converted at the current rate
// (docs.stripe.com/currencies/disputes-refunds). It documents nothing of its own for reversals,
// which make such a refund on the connected account. An account that has too little at the
// present rate cannot be reversed in full. In published answers of the API, the conversion fee of
// a charge is one of its fee_details, and that of a transfer is within the rate; so it is here,
// unless Options.TransferFeeListed. A reversal at an unchanged rate takes what had arrived; fees
// that were listed do not come back.
//
// # Payout schedules
//
// Connected accounts are paid out daily unless they ask for another interval under
// settings[payouts][schedule], as at Stripe. At the first moment of a day in UTC,
// the whole available balance of each currency with a default bank account leaves
// by an automatic payout, without metadata. Less than the minimum stays, and so does
// all money while payouts are disabled or the bank account is errored. The platform's
// own schedule is manual unless Options.PlatformSchedule or /_sim/platform changes it.
//
// # Outcomes that a request chooses
//
// Payment methods: Stripe's test tokens (pm_card_visa, pm_card_chargeDeclined,
// pm_card_bypassPending, pm_card_createDispute, pm_card_refundFail,
// pm_card_pendingRefund, pm_usBankAccount and its failing variants). A payment with
// pm_card_authenticationRequired has the status requires_action until the control API
// does what the payer does at the bank's page.
//
// Bank account numbers: Stripe's, by their last eight digits: 000123456789 is
// paid, 000111111116 no_account, 000111111113 account_closed, 000222222227
// insufficient_funds, 000333333335 debit_not_authorized, 000444444440
// invalid_currency, and the IBANs DE…3001 to DE…3005. Four are ours: 000555555559
// fails with could_not_process, 000999999991 is paid and fails later
// (account_closed), 000777777773 leaves payouts in transit for ever, so that their
// arrival_date passes, and 000666666662 takes instant payouts, which arrive at once.
// A bank account that failed becomes "errored". Further payouts through the API are
// accepted and fail again, until it is replaced. A payout has the bank account that it
// goes to in destination, the default of its currency when it was made. A replaced one
// has a new id, also if its number is the same.
//
// Accounts: the transfers capability is active once requested and
// tos_acceptance.date, individual.first_name, individual.last_name and
// individual.dob.{day,month,year} are given (company.name instead of
// individual.* for companies). Payouts are enabled when there is an external
// account as well. Missing fields are in requirements.currently_due; an update with
// them sends account.updated and capability.updated. An account link opens
// /_sim/onboard/{id}, which fills in all fields.
//
// Refunds: a charge of a bank debit is refunded for 180 days, and one of a card at
// any age; after that the answer is charge_not_refundable. Stripe documents no code
// of its own for this.
//
// Disconnected accounts: after deauthorize, requests for the account or about it are
// answered with 403 account_invalid, transfers to it with 400 resource_missing and
// the parameter destination, and its events do not reach the platform.
//
// # Webhook endpoints
//
// With a URL, GET /v1/webhook_endpoints shows one endpoint for the platform and one
// for its connected accounts. Delivery follows what they show: an event that is not
// enabled, and any event of a disabled endpoint, is not sent. Events carry the
// endpoint's api_version, but their content does not change with it.
//
// # Time
//
// The simulator's clock is real time times a factor, plus an offset. Payouts,
// debits, refunds, pending funds, payout schedules and idempotency keys follow it;
// webhooks and faults follow real time. What falls into a jump of the clock happens
// in order and carries its own time.
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
//	POST   /_sim/fees                             {"charge_basis_points":…,"charge_fixed_minor":…,"charge_fixed_by_currency":{"eur":25},"active_account_minor":…,
//	                                              "payout_minor":…,"payout_basis_points":…,"tax_basis_points":…}: what is left out stays
//	POST   /_sim/fees/charge                      {"type":"stripe_fee|tax_fee","amount_minor":…,"currency":…,"description":…}: one fee, now
//	POST   /_sim/conversion                       {"enabled":true,"conversion_fee_basis_points":…,"transfer_fee_listed":…,"rates":{"eur":"0.92"}}: per US dollar
//	POST   /_sim/reserves                         {"type":"reserved_funds|reserve_transaction","amount_minor":…,"currency":…}
//	POST   /_sim/reserves/{id}/release            {"amount_minor":…}: without one, all that is left
//	POST   /_sim/topups/{id}/succeed | fail | cancel | reverse   {"failure_code":…}: the first three while pending, reverse once succeeded
//	POST   /_sim/platform                         {"schedule":"manual|daily|weekly|monthly","weekly_anchor":…,"monthly_anchor":…,"country":…,"currency":…}
//	POST   /_sim/platform/banks                   {"currency":…,"enabled":false}: closes its bank accounts in a currency, or adds one
//	POST   /_sim/lists                            {"lag":"30s"}: lists hide younger objects; "0s" ends it
//	POST   /_sim/refund_windows                   {"us_bank_account":"4320h","card":"0"}: how old a refunded charge may be; "0" is any age
//	POST   /_sim/instant_payouts                  {"enabled":false,"day_limit_minor":…,"fee_basis_points":…}: of the platform; 0 is no limit, no fee
//	POST   /_sim/payouts/{id}/pay | fail          {"failure_code":…}; a paid payout may fail, too
//	POST   /_sim/payouts/{id}/hold                it stays in transit until pay or fail
//	POST   /_sim/refunds/{id}/succeed | fail      {"reason":…}: a failure_reason
//	POST   /_sim/charges/{id}/card_gone           {"reason":…}: all later refunds fail in the end
//	POST   /_sim/payment_intents/{id}/succeed | fail   while processing, or while the payer has to act
//	POST   /_sim/disputes                         {"charge":…,"amount_minor":…,"reason":…}
//	POST   /_sim/disputes/{id}/win | lose
//	POST   /_sim/verifications/{id}/submit | verify | fail | cancel   {"failure_code":…}: an error code of last_error
//	POST   /_sim/accounts/{id}                    {"payouts_enabled":…,"charges_enabled":…,"transfers":…,"currently_due":[…],"pending_verification":[…],"disabled_reason":…}
//	DELETE /_sim/accounts/{id}/override           back to the account's own data
//	POST   /_sim/accounts/{id}/complete | deauthorize | reconnect
//	POST   /_sim/accounts/{id}/adjust             {"amount_minor":…,"currency":…}
//	POST   /_sim/accounts/{id}/schedule           {"schedule":…,"weekly_anchor":…,"monthly_anchor":…}
//	POST   /_sim/accounts/{id}/instant            {"instant":false}: whether its bank accounts take instant payouts; default true
//	POST   /_sim/webhooks                         {"url":…,"secret":…,"mode":"normal|late|twice|reverse|off","delay_ms":…,
//	                                              "enabled_events":[…],"status":"enabled|disabled","api_version":…,"connect":false,
//	                                              "lost_events":["account.external_account.created"]}: types that are lost on the way; [] ends it
//	POST   /_sim/webhooks/redeliver               all events that no receiver accepted
//	POST   /_sim/events/{id}/redeliver
//
// What a person does in the dashboard, without metadata and idempotency key. Without
// an amount it is all that is left:
//
//	POST   /_sim/transfers/{id}/reverse           {"amount_minor":…}
//	POST   /_sim/payouts/{id}/cancel              while pending
//	POST   /_sim/accounts/{id}/payout             {"amount_minor":…,"currency":…}
//	POST   /_sim/topups                           {"amount_minor":…,"currency":…,"description":…}: the amount is required
//	POST   /_sim/refunds                          {"charge":… or "payment_intent":…,"amount_minor":…,"reason":…}
//
// Effect lines of the journal: charge.succeeded, charge.failed,
// transfer.applied, reversal.applied, payout.applied, payout.paid,
// payout.failed, payout.canceled, refund.applied, refund.succeeded,
// refund.failed, dispute.opened, dispute.won, dispute.lost, balance.adjusted,
// fee.charged, reserve.held, reserve.released, topup.succeeded, topup.failed,
// topup.canceled, topup.reversed,
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
//
// # What it still does not do
//
//   - Serve the page of a bank for requires_action, or let a payer ask for authentication by rules of Radar.
//   - Capture manually, take partial captures, mandates, setup intents, customers or saved methods: the
//     test tokens stand for them.
//   - Convert a minimum charge into the currency in which a payment settles.
//   - Bill fees in arrears by invoice, fees by card and country, volume discounts, or the
//     tax on processing fees. Connect's fees are billed at once, not once a day.
//   - Return fees: neither for refunds nor for payouts that fail.
//   - Hold exchange rates for a while (FX quotes), or pay out a currency without a bank account
//     by converting it, as Stripe does with a balance that an account no longer settles.
//   - Round converted amounts in currencies of three decimals to what banks accept.
//   - Reserve money of the platform by itself, for negative balances of its accounts or as a share
//     of its charges, or collect negative balances from the bank.
//   - Delay the money of charges by delay_days; Options.AvailableAfter decides.
//   - Count weekends and holidays in arrival_date, which is the end of the transit.
//   - Pay out pending card money instantly; instant_available is what is available.
//   - Refuse reversals of transfers to a disconnected account; they need its balance.
//   - Take debit cards as external accounts, or payouts_limit_exceeded by volume.
//   - Let an account session's secret open a component, or an account link expire.
//   - Create, change and delete webhook endpoints through the API.
package stripe
