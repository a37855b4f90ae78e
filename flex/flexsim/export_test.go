package flexsim

// Operations returns the simulated operations: "GET /v1/Configuration", …
func (s *Simulator) Operations() []string {
	var all []string
	for _, op := range s.operations() {
		all = append(all, op.pattern)
	}
	return all
}
