package db

import "github.com/google/uuid"

// NewID returns a UUID whose order is the order of its making, so that indexes grow at
// their end. It panics if the machine has no randomness, as uuid.New does.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }
