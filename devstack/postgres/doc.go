// Package postgres runs a real PostgreSQL server for development, the demo and tests.
//
// The binaries are those installed on the machine, or else a downloaded copy. The server
// is a child of this program and ends with it (see package process).
//
// # Who may connect
//
// The server listens on 127.0.0.1 only and has no Unix socket, whose path would have to
// stay below a hundred characters. Every account of the machine can reach 127.0.0.1, and
// a superuser of PostgreSQL may run programs as the user of the server, so connections
// need a password: random, and kept beside the data with access for its owner only.
//
// # Durable or not
//
// Without Options.Durable the server does not wait for the disk (fsync off). A commit it
// acknowledged still survives the death of any process, this one and the server
// included, because the operating system holds the write; a power cut may destroy the
// whole data directory. With Durable it survives that as well, and is slower.
//
// # Root
//
// PostgreSQL refuses to run as root. As root, the server runs as the user "postgres", or
// "nobody" where that does not exist. That user must be able to reach the data: on the
// way to Options.Dir, directories below the system's temporary directory (those of Go
// tests) get the right to be passed through, without the right to be listed. Any other
// closed directory (/root, say) is left as it is, and the data go to /var/lib/creditroll
// instead, under a name derived from Options.Dir, so that the next start finds them.
// Server.Dir tells where they are, and a line in the log why.
//
// # Layout of the directory
//
//	claim         who runs a server here (package process)
//	password      of the superuser
//	data          PGDATA
//	initializing  PGDATA before it is complete; removed by the next start
package postgres
