package access

// OperatorAction is what a person did to a workflow, kept for ever beside the books.
type OperatorAction struct {
	ID       string `json:"id"`
	Subject  string `json:"subject"`
	Action   string `json:"action"`
	Actor    string `json:"actor"`
	Reason   string `json:"reason"`
	Evidence string `json:"evidence"`
}
