// Package transcript writes the journal down as a file and reads it back: JSON lines, one
// object an entry, or CSV with a header, one row a posting. Both carry the same: replaying
// either into empty books gives the same entries, balances and seals.
//
//	seq           the entry's place in the order of recording
//	id            UUID
//	kind, reference, currency
//	effective_at, recorded_at
//	              RFC 3339 in UTC with microseconds
//	request_hash  hexadecimal
//	reverses      id of the entry that this one undoes; left out, or empty in CSV
//	seal          number of the seal that covers the entry; left out, or empty in CSV
//	postings      account and amount_minor (debit positive), in the order of their lines;
//	              in CSV the columns line, account, amount_minor
//
// The last line is the end, by which a reader knows that nothing was cut, changed, left out
// or put in: entries and postings (how many there were), seal and seal_hash (the last seal, as
// it stands in the books; zero and zeros if nothing is sealed) and hash, which is SHA-256 over
// the hashes of the content of all entries (ledger.Recorded.AppendCanonical), in their order.
// In JSON it is an object under "end"; in CSV a row of "end" and these five columns.
//
// Entries are in the order of their seq, and so are the numbers of their seals: from one on,
// without gaps, and nothing is sealed behind an entry that is not.
package transcript
