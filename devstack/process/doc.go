// Package process runs the servers of the dev stack as children of this program, and
// makes sure that none of them outlives it.
//
// A server ends in one of four ways:
//
//   - Stop asks politely, then less politely, then kills; it returns when the server and
//     everything it started are gone.
//   - Kill ends the server and what it started at once, as a crash would.
//   - The server ends by itself: Done is closed, Err says how and quotes its last lines.
//   - This program dies, even by SIGKILL: on Linux the kernel then signals the server
//     (parent death signal). Elsewhere the server stays behind, and the next Claim of its
//     directory says so and names its process id.
//
// A Claim is the right to run a server on a directory. It is a lock on a file which the
// server inherits, so it is held exactly as long as somebody can still write to that
// directory: this program, the server, or a leftover of the server after this program was
// killed. No process id has to be trusted for that.
package process
