package rapidapi

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// instagramLooter2 passes on what Instagram's own web page loads.
var instagramLooter2 = api{
	host: "instagram-looter2.p.rapidapi.com",
	post: func(externalID string) (string, url.Values) {
		return "/post", url.Values{"url": {clip.CanonicalURL(clip.Instagram, externalID)}}
	},
	profile: func(handle string) (string, url.Values) { return "/profile", url.Values{"username": {handle}} },

	readPost: readInstagram, readProfile: readInstagramProfile,
}

// looterStatus is the part that every answer can have. Status is false in a failure, which has a message.
type looterStatus struct {
	Status  json.RawMessage `json:"status"`
	Message string          `json:"errorMessage"`
}

// looterNotFound is in the message of a failure if Instagram shows no such post or profile. Other failures, such as
// refused requests, may go away by the next attempt.
const looterNotFound = "not found"

// missing returns the reason in an answer without a post or profile. An answer without a status is garbage.
func (s looterStatus) missing() (reason string, err error) {
	switch {
	case len(s.Status) == 0 || string(s.Status) == "null":
		return "", providers.Garbage(name, errors.New("the answer has neither a post nor a status"))
	case strings.Contains(strings.ToLower(s.Message), looterNotFound):
		return views.NotFound, nil
	}
	return views.Unreadable, nil
}

type counted struct {
	Count json.RawMessage `json:"count"`
}

type instagramMedia struct {
	looterStatus
	Type      string          `json:"__typename"`
	Shortcode string          `json:"shortcode"`
	Taken     json.RawMessage `json:"taken_at_timestamp"`
	Plays     json.RawMessage `json:"video_play_count"`
	Views     json.RawMessage `json:"video_view_count"`
	Likes     counted         `json:"edge_media_preview_like"`
	// Comments have two names. The second one is that of answers without a list of comments.
	Comments      counted `json:"edge_media_to_parent_comment"`
	CommentsShort counted `json:"edge_media_preview_comment"`
	Owner         account `json:"owner"`
	// Coauthors have published the post together with its owner.
	Coauthors []account `json:"coauthor_producers"`
	Caption   struct {
		Edges []struct {
			Node struct {
				Text string `json:"text"`
			} `json:"node"`
		} `json:"edges"`
	} `json:"edge_media_to_caption"`
}

type account struct {
	Username string `json:"username"`
}

func readInstagram(body []byte) (reading views.Reading, reason string, err error) {
	var named struct {
		looterStatus
		Shortcode string `json:"shortcode"`
	}
	if err := providers.Decode(body, &named); err != nil {
		return views.Reading{}, "", providers.Garbage(name, err)
	}
	if named.Shortcode == "" {
		reason, err := named.missing()
		return views.Reading{}, reason, err
	}
	var media instagramMedia
	if providers.Decode(body, &media) != nil {
		return views.Reading{ExternalID: named.Shortcode}, views.Unreadable, nil
	}
	return media.scraped().reading()
}

func (m instagramMedia) scraped() scraped {
	post := scraped{
		id: m.Shortcode, author: m.Owner.Username, publishedAt: unixTime(m.Taken), uncounted: m.uncounted(),
		counts: providers.Counts{Views: firstPresent(m.Plays, m.Views), Likes: m.Likes.Count, Comments: firstPresent(m.Comments.Count, m.CommentsShort.Count)},
	}
	if len(m.Caption.Edges) > 0 {
		post.caption = m.Caption.Edges[0].Node.Text
	}
	for _, each := range m.Coauthors {
		if each.Username != "" {
			post.coauthors = append(post.coauthors, each.Username)
		}
	}
	return post
}

// uncounted returns the kind of a post without views, by its type: GraphImage, GraphSidecar or GraphVideo, each also
// with a prefix.
func (m instagramMedia) uncounted() clip.Counterless {
	switch {
	case strings.HasSuffix(m.Type, "Image"):
		return clip.Photo
	case strings.HasSuffix(m.Type, "Sidecar"):
		return clip.Carousel
	}
	return clip.ViewsHidden
}

// firstPresent returns the first count unless it is missing or null. A count that makes no sense is not replaced.
func firstPresent(first, second json.RawMessage) json.RawMessage {
	if _, present, err := providers.ParseCount(first); err == nil && !present {
		return second
	}
	return first
}

func readInstagramProfile(body []byte) (scrapedProfile, error) {
	var about struct {
		looterStatus
		Username  string  `json:"username"`
		Biography *string `json:"biography"`
	}
	if err := providers.Decode(body, &about); err != nil {
		return scrapedProfile{}, providers.Garbage(name, err)
	}
	if about.Username == "" {
		reason, err := about.missing()
		return scrapedProfile{missing: reason}, err
	}
	return scrapedProfile{handle: about.Username, text: about.Biography}, nil
}
