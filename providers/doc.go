// Package providers reads the counters of clips from the outside world.
//
// A [Client] calls one provider and classifies its failures. A [Batcher] in front of it
// combines the clips of many callers into one request. [Chains] configure which provider is
// asked first for a platform, and which next. The tracking workflow decides by the kind of the
// failure when to ask the next one:
//
//	fault.RateLimited  the same provider again if RetryAfter is short, otherwise the next one at once
//	fault.Unavailable  the same provider again, with backoff
//	fault.Denied       the next provider at once: the key, plan or account is wrong
//	fault.Invalid      the next provider at once: the request can never succeed there
//
// A fault with the code views.CircuitOpen says that the provider is not asked at the moment: the next one is asked at once.
//
// One observation passes through these steps:
//
//	Observe -> queue of the platform (one entry per clip) -> batch (full, or Wait is over)
//	        -> one request -> attempt recorded
//	        -> each caller gets its clip's reading, or why there is none
//
// An attempt is recorded before its callers get its result. No observation can therefore
// exist without the attempt that paid for it. If the attempt cannot be recorded, its callers
// fail and ask again. That request was paid for without a record, which is better than a
// reading without one.
//
// Requests are counted for all workers (allowance.go), and one without quota is not sent.
//
// Each platform of a Batcher has a circuit (circuit.go). It opens when requests fail, and when posts vanish
// at once that the provider has read lately (doubt.go).
//
// A provider that takes minutes has an [AsyncClient]. [Snapshots] in front of it starts jobs in the place of requests, and
// its callers get their answers by a token (snapshots.go).
//
// A reading is a provider's statement about one clip. A missing answer, nonsense and error
// items are never turned into zero views: they are reasons in [Batch.Missing].
//
// A [Registration] makes a provider known to the rest of the program.
package providers
