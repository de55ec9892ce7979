// Package seal chains the journal in blocks, so that a change of any entry that was ever
// sealed shows, and shows where.
//
// A leaf is SHA-256 over the canonical content of one entry (ledger.Recorded's
// AppendCanonical). A block is the entries between two cuts in the order of their seq, and
// its seal is SHA-256 over, in this order:
//
//	number how many bytes follow as text, then the text "creditroll seal 1"
//	number the seal's own number, counting from 1
//	number seq of the block's first entry
//	number seq of the block's last entry
//	32 bytes hash of the previous seal; zeros for the first
//	for each entry of the block: number seq, 32 bytes leaf
//
// where a number is eight bytes, big-endian. Nothing else enters, least of all the time of
// sealing: whoever has the entries and the bounds of the blocks arrives at the same seals.
//
// Block n covers every seq behind the last of block n-1 up to its own last one. A number in
// there without a leaf was never used: a transaction drew it and did not commit. So an entry
// that turns up under such a number later was not there when the block was sealed.
//
// What each change does:
//
//   - an entry, or one of its postings, is changed: its leaf no longer fits
//   - an entry is removed: its leaf has no entry
//   - an entry is put between sealed ones: it has no leaf
//   - a leaf or a bound of a seal is changed: the seal's hash no longer follows from it
//   - a seal is changed as a whole, hash and all: the next one names another previous hash
//   - the last seal is changed as a whole, or every seal behind some point: only somebody
//     who kept a hash outside the database can tell. Hand it out: it is 32 bytes.
package seal
