package statements

// InBatchesOf returns a store whose exports read so many creators at once. It is in the package itself
// because no caller needs another size.
func (s *Store) InBatchesOf(creators int32) *Store { return &Store{db: s.db, batch: creators} }
