// Package api serves Creditroll over HTTP. The document openapi.yaml is written first. Types,
// router and Go client are generated from it, and requests are validated against it.
//
// A request passes these steps in order: observe (request id, log line, error answer),
// recoverPanic, secure and limitTime. Routes that are not public continue with authenticate
// (the token), validate (the document) and idempotent (the stored answers). Then the resource
// checks domain/access, and reads the database or sends a command to the Engine.
//
// Failures and their effects:
//   - Before the Engine is called, only the lease on the Idempotency-Key has been stored. The
//     lease is released, or another request takes the key over when the lease has expired.
//   - When the Engine fails with "unavailable" or "unknown outcome", the key is released. A
//     repeated request then sends the same command with the same ids.
//   - When the process dies after the Engine has answered, the repeated request finds the
//     result of the first one, because ids are derived from caller and key.
//   - A webhook is acknowledged once it is stored. If the process dies before it wakes the
//     inbox, the event is delivered later, by the next sweep.
package api
