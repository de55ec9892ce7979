package x

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// postList is an answer about posts. Data is left out if none of them is shown, and Errors if all of them are.
type postList struct {
	Data     []json.RawMessage `json:"data"`
	Errors   []json.RawMessage `json:"errors"`
	Includes struct {
		Users []json.RawMessage `json:"users"`
	} `json:"includes"`
}

type post struct {
	ID         string    `json:"id"`
	AuthorID   string    `json:"author_id"`
	CreatedAt  time.Time `json:"created_at"`
	Text       string    `json:"text"`
	LongText   longText  `json:"note_tweet"`
	Metrics    *metrics  `json:"public_metrics"`
	References []struct {
		Type string `json:"type"`
	} `json:"referenced_tweets"`
}

// longText is the whole text of a post whose Text ends early.
type longText struct {
	Text string `json:"text"`
}

type metrics struct {
	Impressions json.RawMessage `json:"impression_count"`
	Likes       json.RawMessage `json:"like_count"`
	Replies     json.RawMessage `json:"reply_count"`
	Reposts     json.RawMessage `json:"retweet_count"`
	Quotes      json.RawMessage `json:"quote_count"`
}

// impressionsSince is when X began to count views of posts for all to see. Older posts have a zero or no count.
// Source: https://help.x.com/en/using-x/view-counts
var impressionsSince = time.Date(2022, 12, 15, 0, 0, 0, 0, time.UTC)

// readPosts also returns the number of posts in the answer, because each is billed.
func readPosts(body []byte, externalIDs []string, observedAt time.Time) (providers.Batch, int, error) {
	var list postList
	if err := providers.Decode(body, &list); err != nil {
		return providers.Batch{}, 0, providers.Garbage(name, err)
	}
	if list.Data == nil && !slices.ContainsFunc(list.Errors, isOfPost) {
		return providers.Batch{}, 0, providers.Garbage(name, errors.New("the answer has neither posts nor errors of posts"))
	}

	handles := handlesOf(list.Includes.Users)
	answers := providers.NewAnswers(externalIDs, views.Unreadable)
	for _, id := range externalIDs {
		if len(id) > idLengthMax {
			answers.Miss(id, views.NotFound)
		}
	}
	for _, raw := range list.Data {
		id, reading, reason := readPost(raw, handles)
		if reason != "" {
			answers.Miss(id, reason)
			continue
		}
		reading.ObservedAt = observedAt.UTC()
		answers.Read(reading)
	}
	for _, raw := range list.Errors {
		if each := readProblem(raw); each.isOf("tweet") {
			answers.Miss(each.resource(), each.reason())
		}
	}
	return answers.Batch(), len(list.Data), nil
}

// readPost returns one post's id with its reading, or with the reason why it has none.
func readPost(raw json.RawMessage, handles map[string]string) (id string, reading views.Reading, reason string) {
	var named struct {
		ID string `json:"id"`
	}
	var item post
	if json.Unmarshal(raw, &named) != nil || json.Unmarshal(raw, &item) != nil {
		return named.ID, views.Reading{}, views.Unreadable
	}
	author := handles[item.AuthorID]
	if author == "" || item.CreatedAt.IsZero() || item.Metrics == nil {
		return item.ID, views.Reading{}, views.Unreadable
	}
	if item.isRepost() {
		return item.ID, views.Reading{}, string(clip.ViewsHidden)
	}
	counts, err := providers.Counts{Views: item.Metrics.Impressions, Likes: item.Metrics.Likes, Comments: item.Metrics.Replies}.Parse()
	switch {
	case errors.Is(err, providers.ErrNoViews), err == nil && counts.Views == 0 && item.CreatedAt.Before(impressionsSince):
		return item.ID, views.Reading{}, string(clip.ViewsHidden)
	case err != nil:
		return item.ID, views.Reading{}, views.Unreadable
	}
	return item.ID, views.Reading{
		Platform: clip.X, ExternalID: item.ID,
		AuthorID: author, Caption: unescaped.Replace(cmp.Or(item.LongText.Text, item.Text)), PublishedAt: item.CreatedAt.UTC(),
		Views: counts.Views, Likes: counts.Likes, Comments: counts.Comments,
		Shares: providers.ReadableCount(item.Metrics.Reposts) + providers.ReadableCount(item.Metrics.Quotes),
	}, ""
}

// isRepost reports whether the post is another author's, shown again. It has no views of its own, and its text is
// not its author's: a code in it must prove nothing.
func (p post) isRepost() bool {
	for _, reference := range p.References {
		if reference.Type == "retweeted" {
			return true
		}
	}
	return false
}

// unescaped undoes what the API escapes in texts.
var unescaped = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

type user struct {
	ID          string  `json:"id"`
	Username    string  `json:"username"`
	Description *string `json:"description"`
}

// handle returns the user name in the form of clip.ParseChannelID.
func (u user) handle() string { return strings.ToLower(u.Username) }

func handlesOf(users []json.RawMessage) map[string]string {
	handles := map[string]string{}
	for _, raw := range users {
		var each user
		if json.Unmarshal(raw, &each) == nil {
			handles[each.ID] = each.handle()
		}
	}
	return handles
}

func readProfile(body []byte, authorID string) (profile providers.Profile, found bool, err error) {
	var answer struct {
		Data   *user             `json:"data"`
		Errors []json.RawMessage `json:"errors"`
	}
	if err := providers.Decode(body, &answer); err != nil {
		return providers.Profile{}, false, providers.Garbage(name, err)
	}
	if answer.Data != nil {
		if answer.Data.handle() != authorID || answer.Data.Description == nil {
			return providers.Profile{Missing: views.Unreadable}, true, nil
		}
		return providers.Profile{AuthorID: authorID, Text: unescaped.Replace(*answer.Data.Description)}, true, nil
	}
	for _, raw := range answer.Errors {
		if each := readProblem(raw); each.isOf("user") && strings.EqualFold(each.resource(), authorID) {
			return providers.Profile{Missing: each.reason()}, false, nil
		}
	}
	return providers.Profile{}, false, providers.Garbage(name, errors.New("the answer has neither a user nor an error of it"))
}
