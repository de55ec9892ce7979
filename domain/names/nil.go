package names

// NilID is the nil UUID. It stands for "no id" in lists that cannot hold NULL, and it sorts
// before every id.
const NilID = "00000000-0000-0000-0000-000000000000"
