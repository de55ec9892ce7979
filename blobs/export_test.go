package blobs

// ListFolder is for tests that count what it reads.
var ListFolder = listFolder
