package db

// Page is a part of a list: at most Size items that follow the item After in the order of
// the list. An empty After starts at the beginning.
type Page struct {
	After string
	Size  int32
}
