package names

// NilID stands for no id in lists, which have no place for nothing.
const NilID = "00000000-0000-0000-0000-000000000000"
