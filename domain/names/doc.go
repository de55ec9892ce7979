// Package names makes every id, key and subject that more than one part of the system has to
// agree on: workflow ids, derived ids, idempotency keys, transfer groups, and the shell lines
// that operators copy.
//
// Names are made of business ids alone: never of a run id, an attempt or a random number. A
// workflow that starts over or is reset arrives at the same names, so it finds what it did
// before. A name that was given out must never change.
package names
