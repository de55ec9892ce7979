package apify

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// actor is one scraper: its input, and how its items are read.
type actor struct {
	name  string
	input func(urls []string) any
	// read returns what the item holds about its clip.
	read func(raw json.RawMessage) (scraped, error)
}

// scraped is one item in the form that the actors share.
type scraped struct {
	// externalID is empty if only the addresses identify the clip.
	externalID string
	addresses  []string
	// failure is the actor's error, if the item is one.
	failure failure
	author  string
	// coauthors have published the post together with the author.
	coauthors   []string
	caption     string
	publishedAt time.Time
	counts      providers.Counts
	// uncounted is the kind of the post if it has no count of views.
	uncounted clip.Counterless
}

type failure struct {
	Error string `json:"error"`
	Code  string `json:"errorCode"`
	// Requests are what went wrong with the actor's own requests to the platform.
	Requests []string `json:"requestErrorMessages"`
}

var actors = map[clip.Platform]actor{
	clip.TikTok:    {name: "clockworks~tiktok-scraper", input: tiktokInput, read: readTikTok},
	clip.Instagram: {name: "apify~instagram-scraper", input: instagramInput, read: readInstagram},
	clip.YouTube:   {name: "streamers~youtube-scraper", input: youtubeInput, read: readYouTube},
}

func tiktokInput(urls []string) any {
	return map[string]any{
		"postURLs": urls, "resultsPerPage": 1,
		"shouldDownloadVideos": false, "shouldDownloadCovers": false,
		"shouldDownloadSubtitles": false, "shouldDownloadSlideshowImages": false,
	}
}

func instagramInput(urls []string) any {
	return map[string]any{"directUrls": urls, "resultsType": "posts", "resultsLimit": 1}
}

func readTikTok(raw json.RawMessage) (scraped, error) {
	var item struct {
		failure
		ID         string          `json:"id"`
		WebURL     string          `json:"webVideoUrl"`
		Submitted  string          `json:"submittedVideoUrl"`
		URL        string          `json:"url"`
		Text       string          `json:"text"`
		Created    time.Time       `json:"createTimeISO"`
		Author     author          `json:"authorMeta"`
		PlayCount  json.RawMessage `json:"playCount"`
		DiggCount  json.RawMessage `json:"diggCount"`
		Comments   json.RawMessage `json:"commentCount"`
		ShareCount json.RawMessage `json:"shareCount"`
		// A slideshow of photos has plays as a video has.
		Slideshow bool `json:"isSlideshow"`
	}
	err := json.Unmarshal(raw, &item)
	uncounted := clip.ViewsHidden
	if item.Slideshow {
		uncounted = clip.Photo
	}
	return scraped{
		externalID: item.ID, addresses: []string{item.WebURL, item.Submitted, item.URL}, failure: item.failure,
		author: item.Author.Name, caption: item.Text, publishedAt: item.Created,
		counts:    providers.Counts{Views: item.PlayCount, Likes: item.DiggCount, Comments: item.Comments, Shares: item.ShareCount},
		uncounted: uncounted,
	}, err
}

type author struct {
	Name string `json:"name"`
}

// hiddenCount is what the Instagram actor writes for a count that the owner hides.
const hiddenCount = "-1"

// instagramTypes are the types of posts whose views Instagram does not count.
var instagramTypes = map[string]clip.Counterless{"Image": clip.Photo, "Sidecar": clip.Carousel}

func readInstagram(raw json.RawMessage) (scraped, error) {
	var item struct {
		failure
		Type      string          `json:"type"`
		ShortCode string          `json:"shortCode"`
		URL       string          `json:"url"`
		InputURL  string          `json:"inputUrl"`
		Owner     string          `json:"ownerUsername"`
		Coauthors []coauthor      `json:"coauthorProducers"`
		Caption   string          `json:"caption"`
		Timestamp time.Time       `json:"timestamp"`
		Plays     json.RawMessage `json:"videoPlayCount"`
		Views     json.RawMessage `json:"videoViewCount"`
		Likes     json.RawMessage `json:"likesCount"`
		Comments  json.RawMessage `json:"commentsCount"`
	}
	err := json.Unmarshal(raw, &item)
	// Instagram shows plays as views today; older items have only the other count.
	viewed := unlessHidden(item.Plays)
	if _, present, parseErr := providers.ParseCount(viewed); parseErr == nil && !present {
		viewed = unlessHidden(item.Views)
	}
	uncounted, known := instagramTypes[item.Type]
	if !known {
		uncounted = clip.ViewsHidden
	}
	return scraped{
		externalID: item.ShortCode, addresses: []string{item.URL, item.InputURL}, failure: item.failure,
		author: item.Owner, coauthors: handlesOf(item.Coauthors), caption: item.Caption, publishedAt: item.Timestamp,
		counts:    providers.Counts{Views: viewed, Likes: item.Likes, Comments: item.Comments},
		uncounted: uncounted,
	}, err
}

// coauthor is an account that has accepted to publish an Instagram post together with its owner.
type coauthor struct {
	Username string `json:"username"`
}

func handlesOf(coauthors []coauthor) (handles []string) {
	for _, each := range coauthors {
		if each.Username != "" {
			handles = append(handles, each.Username)
		}
	}
	return handles
}

func unlessHidden(count json.RawMessage) json.RawMessage {
	if string(count) == hiddenCount {
		return nil
	}
	return count
}

// id returns the clip's external id, from the item itself or from an address in it. The
// form of the address (/reel/ or /p/, with or without a handle) does not matter.
func (s scraped) id(platform clip.Platform) string {
	if s.externalID != "" {
		return s.externalID
	}
	for _, address := range s.addresses {
		ref, err := clip.Canonicalize(address)
		if err == nil && ref.Platform == platform && ref.ExternalID != "" {
			return ref.ExternalID
		}
	}
	return ""
}

// reading returns the item's reading, or the reason why it has none.
func (s scraped) reading(platform clip.Platform, id string) (reading views.Reading, reason string) {
	if s.failure.failed() {
		return views.Reading{}, s.failure.reason()
	}
	counts, err := s.counts.Parse()
	if errors.Is(err, providers.ErrNoViews) && s.author != "" && !s.publishedAt.IsZero() {
		return views.Reading{}, string(s.uncounted) // the item is whole, so the platform shows no count
	}
	if err != nil || s.author == "" || s.publishedAt.IsZero() {
		return views.Reading{}, views.Unreadable
	}
	var others []string
	for _, each := range s.coauthors {
		others = append(others, handle(each))
	}
	return views.Reading{
		Platform: platform, ExternalID: id,
		AuthorID: authorID(platform, s.author), OtherAuthors: others, Caption: s.caption, PublishedAt: s.publishedAt.UTC(),
		Views: counts.Views, Likes: counts.Likes, Comments: counts.Comments, Shares: counts.Shares,
	}, ""
}

// authorID returns the author in the form of clip.ParseChannelID.
func authorID(platform clip.Platform, written string) string {
	if platform == clip.YouTube {
		return written // a channel id has one spelling
	}
	return handle(written)
}

// handle returns a user name in the form of clip.ParseChannelID.
func handle(written string) string { return strings.ToLower(strings.TrimPrefix(written, "@")) }

func (f failure) failed() bool { return f.Error != "" || f.Code != "" }

// reason is "not_found" only when the actor reports that the platform shows no such clip, and
// "restricted" when it sees the page of a clip without its content. Every other failure may go
// away by the next attempt. It must not end the tracking of a clip that exists.
//
// The Instagram actor says "no_items" of a post that is private or deleted, and of one for which the platform has
// blocked its requests. Only in the second case it names errors of requests.
func (f failure) reason() string {
	if f.Error == "no_items" && len(f.Requests) == 0 {
		return views.NotFound
	}
	if f.Error == "restricted_page" {
		return string(clip.Restricted)
	}
	if f.Error == "not_found" || f.Code == "NOT_FOUND" || strings.HasPrefix(f.Error, "Post not found") {
		return views.NotFound
	}
	return views.Unreadable
}
