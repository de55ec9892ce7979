// Package funding has the rules of a brand's own balance: deposits, withdrawals, and the highest
// amount of one payment.
package funding
