// Package rail holds the values of a payment rail: what we ask of a payment processor, what
// it answers, and what its refusals mean. They name no processor. Each rail is a package
// under payments that translates its processor's words into these.
//
// The values travel as Temporal payloads, so their JSON names are a contract. Amounts are in
// minor units as package money counts them.
package rail
