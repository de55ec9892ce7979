// Package temporalserver runs a real Temporal server for development, the demo and tests:
// the one that the Temporal CLI carries, with its database in one SQLite file.
//
// The CLI is a tool of this repository (tools/go.mod). It is built once into .bin when the
// machine has none; test packages that need it at the same time wait for one build. The
// server is a child of this program and ends with it (see package process).
//
// Commits go to a write-ahead log without waiting for the disk. They survive the death of any
// process. A power cut may undo the last of them, but does not damage the file.
package temporalserver
