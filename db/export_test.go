package db

// MappedConstraints lists the constraint names that have a fault of their own.
func MappedConstraints() []string {
	names := make([]string, 0, len(violations))
	for name := range violations {
		names = append(names, name)
	}
	return names
}
