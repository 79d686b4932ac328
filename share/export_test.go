package share

// Allocate is allocate, for the property test.
func Allocate(n New, t Table, parties []Party) ([]Line, error) { return allocate(n, t, parties) }
