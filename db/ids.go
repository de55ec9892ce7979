package db

import "github.com/google/uuid"

// NewID returns a version 7 UUID. New ids sort after older ones, so indexes grow at their end.
// It panics if the machine has no randomness, as uuid.New does.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }
