// Package reconcile compares Stripe with the books, object by object, and classifies the
// differences. It reads neither a clock nor a database: a pass (workflows.Reconcile) reads both
// sides and calls it.
//
// The position of an object is what its state means for the money:
//
//	idle     no money has moved: a payment that waits for the brand, a dispute warning
//	moving   money is on its way: a bank payout in transit, a pending refund, an open dispute
//	moved    money has moved
//	back     money has moved and was returned: reversed, failed, returned, won
//	absent   Stripe does not have the object
//
// The classes, and when each blocks payout runs:
//
//	class          what differs                                          blocks
//	-------------  ----------------------------------------------------  -------------------------
//	missing_here   Stripe moved money of ours that the books lack        yes
//	missing_there  the books have an object that Stripe does not have    if money was booked
//	amount         the two amounts differ                                yes
//	currency       the two currencies differ                             yes
//	duplicate      Stripe moved money twice for what is booked once      yes
//	state          the two positions differ                              if the books count money
//	                                                                     that is not there
//	unknown        Stripe moved money for no object of the books         no
//
// What Stripe takes from or adds to the balance for itself or for us, such as a fee or a top-up, is
// booked by its type (Object.Entry) before it is compared. Only a type that does not say what it is
// for becomes unknown.
//
// A bank payout that people settled outside has no difference, whatever its state. Only one that was
// settled as lost and then paid has: its money can be paid again.
//
// Money that moved and was returned before it was booked leaves no difference. So a duplicate is
// fixed by reversing it at Stripe.
package reconcile
