package rapidapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// tiktokScraper7 is tikwm's scraper. Its makers describe the answer at
// https://github.com/shreateh/Tiktok-Video-No-Watermark (README_en.md).
var tiktokScraper7 = api{
	host: "tiktok-scraper7.p.rapidapi.com",
	post: func(externalID string) (string, url.Values) {
		return "/", url.Values{"url": {clip.CanonicalURL(clip.TikTok, externalID)}, "hd": {"0"}}
	},
	profile: func(handle string) (string, url.Values) { return "/user/info", url.Values{"unique_id": {handle}} },

	readPost: readTikTok, readProfile: readTikTokProfile,
}

// tikwmAnswer is an answer. Code is zero in a success. Failures have no codes of their own, only messages.
type tikwmAnswer struct {
	Code    json.RawMessage `json:"code"`
	Message string          `json:"msg"`
	Data    json.RawMessage `json:"data"`
}

// What failures begin with. The first one is for a post that is deleted or private, too.
const (
	tikwmNoPost    = "Url parsing is failed"
	tikwmNoProfile = "unique_id is invalid"
	tikwmLimited   = "Free Api Limit"
)

// data returns the data of an answer, or the reason why it has none.
func (a tikwmAnswer) data() (data json.RawMessage, missing string, err error) {
	code := strings.Trim(string(a.Code), `"`)
	switch {
	case code == "" || code == "null":
		return nil, "", providers.Garbage(name, errors.New("the answer has no code"))
	case code == "0":
		return a.Data, "", nil
	case strings.HasPrefix(a.Message, tikwmNoPost), strings.HasPrefix(a.Message, tikwmNoProfile):
		return nil, views.NotFound, nil
	case strings.HasPrefix(a.Message, tikwmLimited):
		return nil, "", fault.New(fault.RateLimited, "provider_rate_limited", "%s limits the rate of our requests: it is asked again later", name).After(time.Second)
	}
	return nil, views.Unreadable, nil
}

func readTikTok(body []byte) (reading views.Reading, reason string, err error) {
	var answer tikwmAnswer
	if err := providers.Decode(body, &answer); err != nil {
		return views.Reading{}, "", providers.Garbage(name, err)
	}
	data, missing, err := answer.data()
	if err != nil || missing != "" {
		return views.Reading{}, missing, err
	}
	var post struct {
		ID       string            `json:"id"`
		AwemeID  string            `json:"aweme_id"`
		VideoID  string            `json:"video_id"`
		Title    string            `json:"title"`
		Created  json.RawMessage   `json:"create_time"`
		Plays    json.RawMessage   `json:"play_count"`
		Likes    json.RawMessage   `json:"digg_count"`
		Comments json.RawMessage   `json:"comment_count"`
		Shares   json.RawMessage   `json:"share_count"`
		Images   []json.RawMessage `json:"images"`
		Author   struct {
			UniqueID string `json:"unique_id"`
		} `json:"author"`
	}
	if json.Unmarshal(data, &post) != nil {
		return views.Reading{}, views.Unreadable, nil
	}
	uncounted := clip.ViewsHidden
	if len(post.Images) > 0 {
		uncounted = clip.Photo
	}
	return scraped{
		id: cmp.Or(validID(clip.TikTok, post.ID), validID(clip.TikTok, post.VideoID), validID(clip.TikTok, post.AwemeID)), author: post.Author.UniqueID,
		caption: post.Title, publishedAt: unixTime(post.Created), uncounted: uncounted,
		counts: providers.Counts{Views: post.Plays, Likes: post.Likes, Comments: post.Comments, Shares: post.Shares},
	}.reading()
}

// validID returns the id if it has the form of the platform's, and "" otherwise: some answers have internal ids.
func validID(platform clip.Platform, id string) string {
	if !clip.ValidExternalID(platform, id) {
		return ""
	}
	return id
}

func readTikTokProfile(body []byte) (scrapedProfile, error) {
	var answer tikwmAnswer
	if err := providers.Decode(body, &answer); err != nil {
		return scrapedProfile{}, providers.Garbage(name, err)
	}
	data, missing, err := answer.data()
	if err != nil || missing != "" {
		return scrapedProfile{missing: missing}, err
	}
	var about struct {
		User struct {
			UniqueID  string  `json:"uniqueId"`
			Signature *string `json:"signature"`
		} `json:"user"`
	}
	if json.Unmarshal(data, &about) != nil {
		return scrapedProfile{missing: views.Unreadable}, nil
	}
	return scrapedProfile{handle: about.User.UniqueID, text: about.User.Signature}, nil
}
