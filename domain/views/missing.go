package views

// Reasons for which a clip has no reading. The kinds of clip.Counterless are the others.
const (
	// NotFound: the provider reports that the platform shows no such clip. Some platforms
	// show no difference between a deleted clip and a private one.
	NotFound = "not_found"
	// Private: the clip exists, but is not public.
	Private = "private"
	// Removed: the platform has taken the clip down.
	Removed = "removed"
	// Unreadable: the provider reported nothing about the clip, or nothing that makes sense.
	// The clip may or may not exist: ask again.
	Unreadable = "error"
)
