package x

import (
	"cmp"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
)

const timeForm = "2006-01-02T15:04:05.000Z"

// postList has no data if no post is shown, and no errors if all are.
type postList struct {
	Data     []post            `json:"data,omitempty"`
	Includes *includes         `json:"includes,omitempty"`
	Errors   []resourceProblem `json:"errors,omitempty"`
}

type includes struct {
	Users []user `json:"users"`
}

type post struct {
	ID        string   `json:"id"`
	Text      string   `json:"text"`
	EditIDs   []string `json:"edit_history_tweet_ids"`
	AuthorID  string   `json:"author_id,omitempty"`
	CreatedAt string   `json:"created_at,omitempty"`
	Metrics   *metrics `json:"public_metrics,omitempty"`
	LongText  *text    `json:"note_tweet,omitempty"`
}

type text struct {
	Text string `json:"text"`
}

// metrics can hold nonsense, which is not a number. A post without a counter has no impressions.
type metrics struct {
	Impressions any `json:"impression_count,omitempty"`
	Likes       any `json:"like_count"`
	Replies     any `json:"reply_count"`
	Reposts     any `json:"retweet_count"`
	Quotes      any `json:"quote_count"`
	Bookmarks   any `json:"bookmark_count"`
}

type user struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Username    string  `json:"username"`
	Description *string `json:"description,omitempty"`
}

// textLengthMax is the number of characters from which a text continues in note_tweet.
const textLengthMax = 280

func (s *Simulator) postList(r *http.Request, ids []string) postList {
	fields := fieldsOf(r, "tweet.fields")
	withAuthors := slices.Contains(fieldsOf(r, "expansions"), "author_id")
	list := postList{}
	authors := []user{}
	for i, id := range ids {
		if insideFault(r) == "partial" && i%2 == 1 {
			continue
		}
		shown, ok := s.Serve(platform, id, nil)
		if !ok {
			list.Errors = append(list.Errors, postNotFound(id))
			continue
		}
		list.Data = append(list.Data, render(shown, fields))
		author := renderUser(shown.AuthorID, nil, nil)
		if !slices.Contains(authors, author) {
			authors = append(authors, author)
		}
	}
	if withAuthors && len(authors) > 0 {
		list.Includes = &includes{Users: authors}
	}
	if len(list.Data) > 0 && list.Data[0].Metrics != nil {
		switch insideFault(r) {
		case "spoilt_counts":
			list.Data[0].Metrics.Impressions = -17
		case "spoilt_reactions":
			list.Data[0].Metrics.Likes, list.Data[0].Metrics.Replies = "12K", -1
		}
	}
	return list
}

// render fills only the requested fields, and those that every post has.
func render(shown catalog.Shown, fields []string) post {
	caption := escaped.Replace(cmp.Or(shown.Caption, "A simulated clip"))
	item := post{ID: shown.ExternalID, Text: shortened(caption), EditIDs: []string{shown.ExternalID}}
	if slices.Contains(fields, "author_id") {
		item.AuthorID = numericID(shown.AuthorID)
	}
	if slices.Contains(fields, "created_at") {
		item.CreatedAt = shown.PublishedAt.UTC().Format(timeForm)
	}
	if slices.Contains(fields, "note_tweet") && item.Text != caption {
		item.LongText = &text{caption}
	}
	if slices.Contains(fields, "public_metrics") {
		item.Metrics = &metrics{
			Impressions: shown.Counts.Views, Likes: shown.Counts.Likes, Replies: shown.Counts.Comments,
			Reposts: shown.Counts.Shares - shown.Counts.Shares/4, Quotes: shown.Counts.Shares / 4, Bookmarks: shown.Counts.Shares / 2,
		}
		if shown.Kind != "" {
			item.Metrics.Impressions = nil
		}
	}
	return item
}

var escaped = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func shortened(caption string) string {
	characters := []rune(caption)
	if len(characters) <= textLengthMax {
		return caption
	}
	return string(characters[:textLengthMax-1]) + "…"
}

// renderUser fills only the requested fields, and those that every user has.
func renderUser(handle string, description *string, fields []string) user {
	shown := user{ID: numericID(handle), Name: "A simulated creator", Username: handle}
	if description != nil && slices.Contains(fields, "description") {
		text := escaped.Replace(*description)
		shown.Description = &text
	}
	return shown
}

// numericID returns a number for a handle, in place of the platform's internal one. It ignores the case.
func numericID(handle string) string {
	digest := fnv.New64a()
	digest.Write([]byte(strings.ToLower(handle)))
	return strconv.FormatUint(digest.Sum64()>>1, 10)
}
