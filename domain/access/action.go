package access

// OperatorAction is an action of a person on a workflow or the books. It is stored permanently.
type OperatorAction struct {
	ID       string `json:"id"`
	Subject  string `json:"subject"`
	Action   string `json:"action"`
	Actor    string `json:"actor"`
	Reason   string `json:"reason"`
	Evidence string `json:"evidence"`
}
