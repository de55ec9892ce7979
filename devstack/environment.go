package devstack

// Credentials that the simulators accept. A stack's environment has them, for processes that
// were given no credentials of their own.
const (
	SimulatedStripeKey = "sk_test_simulated"
	// SimulatedCredential is the one for every view provider.
	SimulatedCredential = "simulated"
)

// Variable is an environment variable.
type Variable struct{ Name, Value string }

// Environment returns the variables with which the product's processes reach the stack: the
// addresses of its parts, and credentials that its simulators accept. A variable that is
// already set in a process must stay as it is, because it may belong to a configured service.
func (s *Stack) Environment() []Variable {
	variables := append(s.Addresses(),
		Variable{"STRIPE_API_KEY", SimulatedStripeKey},
		Variable{"STRIPE_WEBHOOK_SECRETS", s.webhookSecret},
	)
	if s.BlobsDir != "" {
		variables = append(variables, Variable{"CREDITROLL_BLOBS_DIR", s.BlobsDir})
	}
	for _, provider := range s.Providers {
		variables = append(variables, Variable{provider.CredentialVariable, SimulatedCredential})
	}
	return variables
}

// Addresses returns those variables of the environment that say where the parts of the stack
// answer. A part that the stack does not have is left out.
func (s *Stack) Addresses() []Variable {
	all := []Variable{
		{"DATABASE_URL", s.DatabaseURL},
		{"TEMPORAL_ADDRESS", s.TemporalAddress},
		{"STRIPE_API_BASE", s.StripeAPIBase},
	}
	for _, provider := range s.Providers {
		all = append(all, Variable{provider.BaseURLVariable, provider.BaseURL})
	}
	var addresses []Variable
	for _, variable := range all {
		if variable.Value != "" {
			addresses = append(addresses, variable)
		}
	}
	return addresses
}
