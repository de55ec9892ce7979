package names

// RunbookLink returns the place in the documentation that says what to do about a reason for
// attention. Each reason has a heading of its own there.
func RunbookLink(reason string) string { return "docs/guides/runbook.md#" + reason }
