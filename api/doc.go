// Package api is Creditroll over HTTP. The document openapi.yaml comes first: types, router
// and Go client are generated from it, and requests are held against it.
//
// A request passes, in this order: observe (request id, log line, error answer),
// recoverPanic, secure, limitTime; then, on routes that are not public, authenticate (whose
// token), validate (the document) and idempotent (answered before?); then its resource,
// which asks domain/access and reads the database or gives a command to the Engine.
//
// What fails, and what then holds:
//   - Before the Engine is called nothing has changed, except that the Idempotency-Key is
//     marked as being worked on; the mark is removed, or taken over after a lease.
//   - When the Engine fails with "unavailable" or "unknown outcome", the key is freed: the
//     same request, repeated, gives the same command with the same ids again.
//   - When the process dies after the Engine has answered, the repeated request finds what
//     the first one made, because ids are derived from caller and key.
//   - A webhook is acknowledged once it is stored. Death between storing and waking the
//     inbox costs time, not events.
package api
