// Package process runs the servers of the dev stack as child processes, and makes sure that
// none of them outlives this program.
//
// A server ends in one of four ways:
//
//   - Stop sends one signal after another, and SIGKILL at last; it returns when the server
//     and everything it started have ended.
//   - Kill ends the server and what it started at once, as a crash would.
//   - The server ends by itself: Done is closed, and Err reports how, with its last lines.
//   - This program dies, even by SIGKILL: on Linux the kernel then signals the server
//     (parent death signal). On other systems the server keeps running, and the next Claim
//     of its directory reports that with its process id.
//
// A Claim is the right to run a server on a directory. It is a lock on a file which the
// server inherits. It is held exactly as long as a process can still write to that directory:
// this program, the server, or a child of the server after this program was killed. The lock
// does not depend on process ids, which the system may reuse.
package process
