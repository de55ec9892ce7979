package db

// Page selects a part of a list: at most Size items after the item with the id After. An empty
// After starts at the beginning.
type Page struct {
	After string
	Size  int32
}
