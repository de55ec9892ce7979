package clip

// Counterless is why a post that exists has no count of views that can be paid. It is not a failure of
// the provider, and asking more often does not help.
type Counterless string

// The kinds of posts without a counter.
const (
	// ViewsHidden: the platform shows the post and no count of its views.
	ViewsHidden Counterless = "views_hidden"
	// Photo and Carousel: the platform counts no views of such posts.
	Photo    Counterless = "photo"
	Carousel Counterless = "carousel"
	// Premiere: the post is announced, and begins later.
	Premiere Counterless = "premiere"
	// MembersOnly: only paying members can watch the post.
	MembersOnly Counterless = "members_only"
	// Unlisted: only people with the link see the post. It has a counter, but a campaign pays for an
	// audience that finds the post, so it does not count until the post is public.
	Unlisted Counterless = "unlisted"
	// RegionBlocked: the platform shows the post in no country, or hides its count with the post.
	RegionBlocked Counterless = "region_blocked"
	// Restricted: the platform shows the post only to some, by age or after a login.
	Restricted Counterless = "restricted"
)

var counterless = map[Counterless]bool{
	ViewsHidden: true, Photo: true, Carousel: true, Premiere: true,
	MembersOnly: true, Unlisted: true, RegionBlocked: true, Restricted: true,
}

// CounterlessKinds returns every kind.
func CounterlessKinds() []Counterless {
	return []Counterless{ViewsHidden, Photo, Carousel, Premiere, MembersOnly, Unlisted, RegionBlocked, Restricted}
}

// IsCounterless reports whether the reason of a missing reading is one of the kinds.
func IsCounterless(reason string) bool { return counterless[Counterless(reason)] }

// SettledByOne reports whether one provider's word is enough. The post is not public then, so the count
// of another provider would not be paid either.
func (k Counterless) SettledByOne() bool { return k == Unlisted || k == Premiere }

// AllowWaiting is Allow for a clip whose post has no counter. It can be decided on before it is verified:
// an approved one waits for its counter until the end of its campaign.
func (d Decision) AllowWaiting(status Status) error {
	switch {
	case d == Approve && (status == Verifying || status == Tracking), d == Reject && status == Verifying:
		return nil
	}
	return d.Allow(status)
}
