// Package transcript writes the journal to a file and reads it back. The formats are JSON lines,
// with one object per entry, and CSV with a header, with one row per posting. Both have the
// same content: importing either into empty books gives the same entries, balances and seals.
//
//	seq           the number of the entry, in the order of recording
//	id            UUID
//	kind, reference, currency
//	effective_at, recorded_at
//	              RFC 3339 in UTC with microseconds
//	request_hash  hexadecimal
//	reverses      id of the entry that this one reverses; left out, or empty in CSV, if none
//	seal          number of the seal that covers the entry; left out, or empty in CSV, if none
//	postings      account and amount_minor (debit positive), in the order of their lines;
//	              in CSV the columns line, account, amount_minor
//
// The last line is the end record. It shows a reader that nothing was cut, changed, left out or
// added. In JSON it is an object under "end"; in CSV a row of "end" and these five columns:
//
//	entries, postings
//	              how many there were
//	seal, seal_hash
//	              the last seal in the books; zero and zeros if nothing is sealed
//	hash          SHA-256 over the content hashes of all entries
//	              (ledger.Recorded.AppendCanonical), in their order
//
// Entries are in the order of seq. Seal numbers start at one and have no gaps. No sealed entry
// follows an entry without a seal.
package transcript
