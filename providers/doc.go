// Package providers reads the counters of clips from the outside world.
//
// A [Client] speaks to one provider and classifies its failures; a [Batcher] stands
// before it and makes one request of many callers' clips. Which provider is asked for a
// platform, and which next, is configuration ([Chains]); moving from one to the next is
// the tracking workflow's decision, by the kind of the failure:
//
//	fault.RateLimited  the same provider again, after RetryAfter
//	fault.Unavailable  the same provider again, with backoff
//	fault.Denied       the next provider at once: key, plan or account are at fault
//	fault.Invalid      the next provider at once: the request can never succeed there
//
// Path of one observation:
//
//	Observe -> slot (one per clip) -> batch (full, or Wait is over) -> one request
//	        -> attempt recorded -> each caller gets its clip's reading, or why there is none
//
// An attempt is recorded before anyone learns its result, so no observation can exist
// without the attempt that paid for it. If it cannot be recorded, its callers fail and
// ask again; the request was then paid for without a trace, which is the smaller evil.
//
// A reading is a provider's statement about one clip. Silence, nonsense and error items
// are never turned into zero views: they are reasons in [Batch.Missing].
package providers
