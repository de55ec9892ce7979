package api

// text returns nil for an empty value, so that the answer omits the field.
func text(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}

// positive returns nil for zero, so that the answer omits the field.
func positive(number int64) *int64 {
	if number == 0 {
		return nil
	}
	return &number
}

// given returns the value of an optional parameter, or the zero value.
func given[T any](parameter *T) T {
	if parameter == nil {
		var absent T
		return absent
	}
	return *parameter
}
