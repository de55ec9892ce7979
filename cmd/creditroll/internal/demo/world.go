package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/domain/clip"
)

const (
	creators        = 12
	clipsPerCreator = 5
	// clipAge is the age of posts at their submission.
	clipAge = 2 * time.Second
	// holdSeconds is the time for which earnings are on hold.
	holdSeconds = 2
)

// world is the plan of a demo from a seed: who takes part in which campaign, and the views of
// each clip. It has no ids of the product.
type world struct {
	campaigns []campaignPlan
	creators  []creatorPlan
}

type campaignPlan struct {
	name  string
	terms client.Terms
	// endsByDate is true for the campaign that ends with the tracking. The others run until
	// their budget is spent or the brand completes them.
	endsByDate bool
}

type creatorPlan struct {
	handle string
	// unverified creators have given Stripe too little information to be paid.
	unverified bool
	// abroad creators have a bank account in euros only, so Stripe converts what they earn in dollars.
	abroad bool
	clips  []clipPlan
}

type clipPlan struct {
	campaign   int
	platform   clip.Platform
	externalID string
	curve      curves.Spec
	// author is the posting account, in the form that providers report.
	author string
	// absent posts are on a platform that does not show them.
	absent bool
}

// posts are all posts that can be submitted, as creator and number. Creators take turns.
func (w world) posts() [][2]int {
	var all [][2]int
	for number := range clipsPerCreator {
		for creator, planned := range w.creators {
			if !planned.clips[number].absent {
				all = append(all, [2]int{creator, number})
			}
		}
	}
	return all
}

func (w world) externalIDs(platform clip.Platform) []string {
	var ids []string
	for _, creator := range w.creators {
		for _, post := range creator.clips {
			if post.platform == platform {
				ids = append(ids, post.externalID)
			}
		}
	}
	return ids
}

// The indexes of the campaigns in a world.
const (
	capped = iota
	small
	euro
)

// unverifiedCreator is the index of the unverified creator.
const unverifiedCreator = 7

// abroadCreators are the indexes of the creators abroad.
var abroadCreators = []int{2, 8}

// The posts of the events, as creator and clip.
var (
	deletedClip = [2]int{4, 0}
	fallingClip = [2]int{5, 0}
)

var platforms = []clip.Platform{clip.TikTok, clip.Instagram, clip.YouTube}

// newWorld plans a world. The nonce makes its names unique among demos on the same database.
// Everything else depends only on the seed.
func newWorld(seed uint64, nonce string, recordings curves.Recordings) world {
	draw, ids := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, hash(nonce))) //nolint:gosec // a seed makes a run repeatable; nothing is secret here
	w := world{campaigns: campaignPlans()}
	recorded := recordings.VideoIDs()
	for i := range creators {
		creator := creatorPlan{handle: fmt.Sprintf("%s-%s", handles[i], nonce), unverified: i == unverifiedCreator, abroad: slices.Contains(abroadCreators, i)}
		for k := range clipsPerCreator {
			number := i*clipsPerCreator + k
			planned := clipPlan{campaign: campaignOf(i, k), platform: platforms[(i+k)%len(platforms)]}
			planned.externalID, planned.author = externalID(planned.platform, ids), authorID(creator.handle, planned.platform)
			if len(recorded) > 0 {
				planned.curve = replay(recordings, recorded[number%len(recorded)])
			} else {
				planned.curve = grow(planned, draw)
			}
			if [2]int{i, k} == fallingClip {
				planned.curve.Events = fall(planned.curve, recordings)
			}
			creator.clips = append(creator.clips, planned)
		}
		w.creators = append(w.creators, creator)
	}
	w.setBudgets(recordings)
	return w
}

// The views that the rates of the plans are chosen for. Recorded clips can have a thousand times
// as many.
const viewsExpected = 15_000

// setBudgets sets the small campaign's budget, which is spent after about half of the time, and
// the budget of the campaign without caps, which is not spent.
func (w world) setBudgets(recordings curves.Recordings) {
	for place := range w.campaigns {
		terms := &w.campaigns[place].terms
		posts := w.postsOf(place)
		if len(recordings) > 0 {
			views := int64(0)
			for _, post := range posts {
				views += post.viewsAt(trackingTime, recordings)
			}
			perPost := max(1, views/int64(len(posts)))
			terms.RateMinorPerThousand = max(1, min(terms.RateMinorPerThousand, terms.RateMinorPerThousand*viewsExpected/perPost))
		}
		var halfway, late int64
		for _, post := range posts {
			halfway += post.worthAt(trackingTime*45/100, *terms, recordings)
			late += post.worthAt(3*trackingTime, *terms, recordings)
		}
		const whole, rounding = 100, 100
		switch place {
		case small:
			terms.BudgetMinor = max(whole, halfway*95/100/rounding*rounding)
		case euro:
			terms.BudgetMinor = max(terms.BudgetMinor, late*5/4/rounding*rounding+whole)
		}
	}
}

func (w world) postsOf(campaign int) []clipPlan {
	var posts []clipPlan
	for _, creator := range w.creators {
		for _, post := range creator.clips {
			if post.campaign == campaign {
				posts = append(posts, post)
			}
		}
	}
	return posts
}

func (c clipPlan) viewsAt(age time.Duration, recordings curves.Recordings) int64 {
	curve, err := c.curve.Build(recordings)
	if err != nil {
		return 0 // publishing the clip returns the error
	}
	return curve.At(age).Views
}

func (c clipPlan) worthAt(age time.Duration, terms client.Terms, recordings curves.Recordings) int64 {
	return worth(c.viewsAt(age, recordings), terms.RateMinorPerThousand, terms.MinimumViews, terms.MaxPerClipMinor)
}

var handles = [creators]string{
	"ada", "ben", "cleo", "dario", "edda", "finn", "gala", "hugo", "ines", "jun", "kaia", "leo",
}

func campaignPlans() []campaignPlan {
	every := []client.Platform{string(clip.TikTok), string(clip.Instagram), string(clip.YouTube)}
	return []campaignPlan{
		capped: {name: "Capped per clip and per creator", endsByDate: true, terms: client.Terms{
			Currency: "USD", BudgetMinor: 150_000, RateMinorPerThousand: 300,
			MaxPerClipMinor: 4_000, MaxPerCreatorMinor: 6_500, Platforms: every,
		}},
		small: {name: "Ends with its budget", terms: client.Terms{
			Currency: "USD", RateMinorPerThousand: 250, Platforms: every,
		}},
		euro: {name: "In euro, from 3,000 views", terms: client.Terms{
			Currency: "EUR", BudgetMinor: 90_000, RateMinorPerThousand: 200, MinimumViews: 3_000, Platforms: every,
		}},
	}
}

// campaignOf distributes clips over campaigns. A creator who cannot be paid is in one campaign
// only, so that the others can close. Creators abroad earn dollars only, so that each has one payout: two
// payouts in the currency of one account are made one after the other.
func campaignOf(creator, number int) int {
	switch {
	case creator == unverifiedCreator, number < 2:
		return capped
	case number == 2, number == 4 && creator%2 == 0, slices.Contains(abroadCreators, creator):
		return small
	}
	return euro
}

// grow returns a curve that compresses days into half a minute. Clips of the small campaign are
// popular, so that its budget is spent.
func grow(planned clipPlan, draw *rand.Rand) curves.Spec {
	least, span := 6_000.0, 1.1
	if planned.campaign == small {
		least, span = 20_000, 0.4
	}
	lifetime := int64(least * math.Pow(10, span*draw.Float64()))
	curve := curves.Like(string(planned.platform), lifetime, draw.Uint64())
	curve.HalfLifeSeconds, curve.Shape = 60, 0.5
	return curves.Spec{Parametric: &curve}
}

// replay compresses the recorded days of a clip into the tracking time.
func replay(recordings curves.Recordings, videoID string) curves.Spec {
	spec := curves.RecordedSpec{VideoID: videoID, Compression: 1}
	curve, err := recordings.Curve(videoID, 1)
	if err != nil {
		return curves.Spec{Recorded: &spec}
	}
	const day, daysMax = 24 * time.Hour, 400
	days, last := 1, curve.At(daysMax*day)
	for days < daysMax && curve.At(time.Duration(days)*day) != last {
		days++
	}
	spec.Compression = max(1, float64(days)*day.Seconds()/trackingTime.Seconds())
	return curves.Spec{Recorded: &spec}
}

// fall removes a third of the views for ten seconds, as if a platform removed views of bots and
// then restored them.
func fall(spec curves.Spec, recordings curves.Recordings) []curves.Event {
	const at, until = 10, 20
	views := int64(0)
	if curve, err := spec.Build(recordings); err == nil {
		views = curve.At(at*time.Second).Views / 3
	}
	return []curves.Event{{Kind: curves.Falls, AtSeconds: at, UntilSeconds: until, ByViews: views}}
}
