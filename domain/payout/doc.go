// Package payout holds the rules of paying one creator: the states of a payout, the order of
// its phases, the key that each attempt sends, what an answer means, and why a payout waits for
// a person.
//
// # States
//
// Each arrow is an event; Phases.Next is the whole table.
//
//	reserved -> transferring -> transferred -> paying_out -> paid
//	                                ^              |          |
//	                                +-- it fails --+----------+
//	transferred -> reversing -> cancelled or returned
//	reserved -> cancelled
//	any but paid and the final ones -> settled or returned, by two people
//
// Any of them but the final ones can become needs_attention, and goes back to the state that the
// attempts say. Cancelled, returned and settled are final. Paid is not, because a bank may return
// the money for some days, and sometimes later: then the workflow of the payout starts again.
//
// A payout that no rule can settle is settled outside by two people. If the creator has the money,
// it becomes settled. If the transferred money is lost, it becomes returned, because the creator
// can be paid again.
//
// # Phases
//
// TwoPhase is the order of the phases on a rail with connected accounts. A phase has attempts,
// which are numbered by generation. Each attempt begins as unknown and becomes applied or
// refused; an applied one becomes undone when its money comes back. One that is alive when people
// settle the payout outside becomes settled, and its outcome books nothing. A new generation begins
// only when the last one is refused or undone, so two keys of a phase are never alive at once.
//
// # An attempt
//
//	record intent -> call the rail -> record result
//
// What a crash does:
//   - Before the intent is recorded: nothing was sent. The step starts over.
//   - Between intent and call, or during the call: the intent is on record with its key, and
//     its outcome is unknown. The next try first looks for the object by its metadata. If there
//     is none, it sends the same key again, which the rail executes once.
//   - Between call and result: the same. The look-up or the repeated answer finds the object.
//   - After the result: the recorded object id is returned, and nothing is sent.
//
// What an answer does:
//   - The rail refuses for sure: the attempt is refused. Some refusals are tried again under
//     the next generation after a while; the others park the payout.
//   - The rail did nothing, for example because it limits requests: the same key is sent again.
//   - The answer is unclear: the object is looked for. A key that the rail may have forgotten
//     is not sent again; a person decides.
//   - The bank payout fails, also after it was paid: the money is on the connected account
//     again, and the payout waits for another bank account until a deadline.
//
// # Instant payouts
//
// A creator can ask to be paid at once (InstantRequest). Such a payout is in a run of its own, and its
// bank payouts are sent by the instant method until it falls back. The method is stored with each
// attempt, because it belongs to the key.
//   - The reservation checks the books again, opens the run and charges the fee, all or nothing. A
//     crash before it leaves nothing, and a crash after it finds the payout.
//   - The gate also asks whether the account takes instant payouts. If not, nothing was sent, and the
//     payout is cancelled with its fee.
//   - A definite refusal after the transfer (FallsBack) ends the attempt, returns the fee and records
//     the fallback in one transaction. A crash before it repeats the look-up and the same key. A crash
//     after it begins the next attempt, which is standard. An unclear answer never falls back.
//   - A bank payout that fails or comes back falls back together with the booking of its failure.
//   - A payout that ends without having arrived returns its fee with its end.
//
// So a fee is kept exactly if the payout is under way by the instant method or has arrived by it.
//
// # Conversions
//
// An account without a bank account in the currency of the payout gets its own currency (Gate, Into).
// What the creator is owed stays in the currency of the payout. The arrival is read and booked after the
// transfer (Conversion), and the bank payout is for what arrived. A reversal is taken at the rate of its
// day, and is for less if the account cannot cover it (ReversibleMinor).
//
// # Waiting
//
// Each reason says who acts and what ends it (reasons.go). A payout that waits looks at the rail
// ever more seldom. It sends nothing before the look says that the cause is gone, so a refusal is
// not repeated under one key after another. The look also reads the transfer: a person may have
// taken it back in the processor's dashboard, and then the payout ends as cancelled.
//
// # Keys
//
// A key names payout, phase and generation, never an amount or a run of the workflow. Amount,
// lines and destination are frozen by the reservation.
package payout
