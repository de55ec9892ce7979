// Package brightdata reads clips through Bright Data's scrapers of TikTok and Instagram posts.
//
// A snapshot is started for many clips (Trigger), takes seconds to minutes, and is collected once it is ready (Collect).
// Requests for a single post or profile that a person waits for are answered at once (Fetch, ReadProfile).
//
// Records are matched by the id of the post, never by their place. A record with an error is billed as any other. A record
// is dated by its timestamp, the time at which Bright Data has read the page, so a snapshot that is collected late
// makes no old count look new.
//
// We ask for a notification and not for a delivery of the records. A notification is no evidence; it only says that the
// snapshot is worth a look. So there is one way by which records get in, whether the notification comes once, twice or
// never, and the inbox stores no names and texts of people.
//
// Wire format: https://docs.brightdata.com/api-reference/rest-api/scraper/asynchronous-requests (trigger, notify and
// auth_header), …/scrapers/management-apis/monitor-progress, …/scrapers/synchronous-requests, the list of error codes at
// https://docs.brightdata.com/datasets/scrapers/scrapers-library/error-list-by-endpoint, and the public lists of fields of
// the datasets. The price of a record is that of the plan without commitment, 1.50 US dollars for 1,000 records.
package brightdata
