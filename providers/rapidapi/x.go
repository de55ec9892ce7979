package rapidapi

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// twitterAPI45 is described at
// https://github.com/vicnaum/vics-twitter-toolkit/tree/main/docs/api-specs/api45.
var twitterAPI45 = api{
	host:    "twitter-api45.p.rapidapi.com",
	post:    func(externalID string) (string, url.Values) { return "/tweet.php", url.Values{"id": {externalID}} },
	profile: func(handle string) (string, url.Values) { return "/screenname.php", url.Values{"screenname": {handle}} },

	readPost: readX, readProfile: readXProfile,
}

// api45Reasons are the reasons for statuses in an answer without a post or profile. Another status, such as "error",
// may go away by the next attempt.
var api45Reasons = map[string]string{
	"notfound": views.NotFound, "not_found": views.NotFound, "deleted": views.NotFound,
	"suspended": views.Removed, "protected": views.Private,
}

func api45Missing(status string) (reason string, err error) {
	if status == "" {
		return "", providers.Garbage(name, errors.New("the answer has neither a post nor a status"))
	}
	if reason, known := api45Reasons[strings.ToLower(status)]; known {
		return reason, nil
	}
	return views.Unreadable, nil
}

func readX(body []byte) (reading views.Reading, reason string, err error) {
	var named struct {
		ID     string `json:"id"`
		Status string `json:"status"`
	}
	if err := providers.Decode(body, &named); err != nil {
		return views.Reading{}, "", providers.Garbage(name, err)
	}
	if named.ID == "" {
		reason, err := api45Missing(named.Status)
		return views.Reading{}, reason, err
	}
	var post struct {
		Created  string          `json:"created_at"`
		Text     string          `json:"text"`
		Views    json.RawMessage `json:"views"`
		Likes    json.RawMessage `json:"likes"`
		Replies  json.RawMessage `json:"replies"`
		Reposts  json.RawMessage `json:"retweets"`
		Quotes   json.RawMessage `json:"quotes"`
		Repeated json.RawMessage `json:"retweeted_tweet"`
		Again    json.RawMessage `json:"retweeted"`
		Author   struct {
			Handle string `json:"screen_name"`
		} `json:"author"`
	}
	if providers.Decode(body, &post) != nil {
		return views.Reading{ExternalID: named.ID}, views.Unreadable, nil
	}
	createdAt, err := time.Parse(time.RubyDate, post.Created)
	if err != nil {
		createdAt = time.Time{}
	}
	if isObject(post.Repeated) || isObject(post.Again) {
		// A repost has no views of its own, and its text is not its author's: a code in it must prove nothing.
		return views.Reading{ExternalID: named.ID}, string(clip.ViewsHidden), nil
	}
	reading, reason, err = scraped{
		id: named.ID, author: post.Author.Handle, caption: unescaped.Replace(post.Text), publishedAt: createdAt, uncounted: clip.ViewsHidden,
		counts: providers.Counts{Views: post.Views, Likes: post.Likes, Comments: post.Replies, Shares: post.Reposts},
	}.reading()
	if reason == "" {
		reading.Shares += providers.ReadableCount(post.Quotes)
	}
	return reading, reason, err
}

func isObject(raw json.RawMessage) bool { return strings.HasPrefix(string(raw), "{") }

// unescaped undoes what X escapes in texts.
var unescaped = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

func readXProfile(body []byte) (scrapedProfile, error) {
	var about struct {
		Status      string  `json:"status"`
		Handle      string  `json:"profile"`
		Description *string `json:"desc"`
	}
	if err := providers.Decode(body, &about); err != nil {
		return scrapedProfile{}, providers.Garbage(name, err)
	}
	if about.Handle == "" {
		reason, err := api45Missing(about.Status)
		return scrapedProfile{missing: reason}, err
	}
	text := about.Description
	if text != nil {
		plain := unescaped.Replace(*text)
		text = &plain
	}
	return scrapedProfile{handle: about.Handle, text: text}, nil
}
