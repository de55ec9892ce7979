// Package reconcile holds what Stripe says against what the books say, object by object, and
// names what differs. It knows no clock and no database: a pass (workflows.Reconcile) reads
// both sides and asks here.
//
// Every object is reduced to its position, which is what it means for the money:
//
//	idle     nothing has moved: a payment that waits for the brand, a warning of a dispute
//	moving   on its way: a bank payout in transit, a pending refund, an open dispute
//	moved    it has happened
//	back     it has happened and was undone: reversed, failed, returned, won
//	absent   Stripe knows no such object
//
// The classes, and when each blocks payout runs:
//
//	class          what differs                                          blocks
//	-------------  ----------------------------------------------------  -------------------------
//	missing_here   Stripe moved money of ours that the books lack        yes
//	missing_there  the books hold an object that Stripe does not know    yes
//	amount         the two amounts differ                                yes
//	currency       the two currencies differ                             yes
//	duplicate      Stripe moved money twice for what is booked once      yes
//	state          the two positions differ                              if the books would count
//	                                                                     money that is elsewhere
//	unknown        money moved at Stripe for nothing that we know of     no
//
// What moved and came back before the books knew of it leaves no difference: undoing a
// surplus at Stripe is how a duplicate is mended.
package reconcile
