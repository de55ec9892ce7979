// Package postgres runs a real PostgreSQL server for development, the demo and tests.
//
// It uses the binaries that are installed on the machine, or else downloads them. The server
// is a child of this program and ends with it (see package process).
//
// # Who may connect
//
// The server listens on 127.0.0.1 only. It has no Unix socket, because the path of one may
// not be longer than a hundred characters. Every account of the machine can reach 127.0.0.1,
// and a superuser of PostgreSQL may run programs as the user of the server. Connections
// therefore need a password, which is random and stored next to the data, readable by its
// owner only.
//
// # Durable or not
//
// Without Options.Durable the server does not wait for the disk (fsync off). A commit that it
// acknowledged still survives the death of any process, including this one and the server,
// because the operating system has the write. A power cut may destroy the whole data
// directory. With Durable the data survive that as well, and the server is slower.
//
// # Root
//
// PostgreSQL refuses to run as root. As root, the server runs as the user "postgres", or
// "nobody" where that does not exist. That user must be able to reach the data. Directories
// above Options.Dir that are in the system's temporary directory, such as those of Go tests,
// are opened for passing through, but not for listing. Any other closed directory, such as
// /root, is left as it is, and the data go to /var/lib/creditroll instead. Their name there
// is derived from Options.Dir, so that the next start finds them. Server.Dir returns where
// they are, and a line in the log gives the reason.
//
// # Layout of the directory
//
//	claim         the lock of the program that runs a server here (package process)
//	password      of the superuser
//	data          PGDATA
//	initializing  PGDATA before it is complete; removed by the next start
package postgres
