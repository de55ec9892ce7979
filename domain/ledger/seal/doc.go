// Package seal chains the journal in blocks. A later change of a sealed entry can be found, and
// also which entry was changed.
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
// A number is eight bytes, big-endian. Nothing else is in the hash, and the time of sealing is not
// either. So the entries and the bounds of the blocks always give the same seals.
//
// Block n covers every seq after the last one of block n-1, up to its own last one. A number in
// that range without a leaf was never used, because a transaction drew it and did not commit. So an
// entry that appears under such a number later was not there when the block was sealed.
//
// What each change does:
//
//   - an entry, or one of its postings, is changed: its leaf no longer fits
//   - an entry is removed: its leaf has no entry
//   - an entry is put between sealed ones: it has no leaf
//   - a leaf or a bound of a seal is changed: the seal's hash no longer follows from it
//   - a seal is changed as a whole, hash and all: the next one names another previous hash
//   - the last seal is changed as a whole, or every seal after some point: only a hash that was
//     kept outside the database shows it. Give the hash to others. It is 32 bytes.
package seal
