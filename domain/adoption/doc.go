// Package adoption has the rules for payouts that the payment processor made and the books do not
// have. That is so after the database was restored from an older copy. Their transfers carry our
// payout ids, so the books can take them up instead of paying again.
//
// A transfer is adoptable if it is clear whose it is, and that all of it is still away. Every other
// transfer has an Obstacle, which says what a person does first. A transfer that was reversed in
// full is neither: no money is away.
//
// What an adoption books for each payout, in one transaction:
//
//	payout_advanced   the part that the creator does not have available, which the creator owes
//	payout_reserved   the amount of the transfer
//	transfer_settled  the transfer
//
// The attempts follow from the generations in the metadata. The last bank payout is recorded as
// made, and its outcome is left to the workflow of the payout, which reads it. A bank payout that
// was made later is looked up before one is sent, because the payout is marked as adopted.
//
// The advance is paid back by itself. The views that the restored books lost are read again, earn
// again, and become available again. What becomes available first pays what the creator owes.
package adoption
