package brightdata

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/providers"
)

// dataset is a scraper of posts, and how its records are read.
type dataset struct {
	id   string
	read func(raw json.RawMessage) (scraped, error)
}

// header are the fields that every record has.
type header struct {
	URL   string `json:"url"`
	Input struct {
		URL string `json:"url"`
	} `json:"input"`
	// Timestamp is when Bright Data has read the page.
	Timestamp string `json:"timestamp"`
	Error     string `json:"error"`
	ErrorCode string `json:"error_code"`
}

// at returns the zero time if the record has none that makes sense.
func (h header) at() time.Time {
	at, err := time.Parse(time.RFC3339, h.Timestamp)
	if err != nil {
		return time.Time{}
	}
	return at
}

// scraped is one record in the form that the datasets share.
type scraped struct {
	header
	// externalID is empty if only the addresses identify the clip.
	externalID  string
	author      string
	coauthors   []string
	caption     string
	publishedAt time.Time
	counts      providers.Counts
	// uncounted is the kind of the post if it has no count of views.
	uncounted clip.Counterless
}

func readTikTok(raw json.RawMessage) (scraped, error) {
	var row struct {
		header
		ID          string          `json:"post_id"`
		Description string          `json:"description"`
		Created     time.Time       `json:"create_time"`
		ProfileURL  string          `json:"profile_url"`
		AccountID   string          `json:"account_id"`
		Plays       json.RawMessage `json:"play_count"`
		Diggs       json.RawMessage `json:"digg_count"`
		Comments    json.RawMessage `json:"comment_count"`
		Shares      json.RawMessage `json:"share_count"`
		// A slideshow of photos has plays as a video has.
		Photos []json.RawMessage `json:"carousel_images"`
	}
	err := json.Unmarshal(raw, &row)
	author := handleIn(row.ProfileURL)
	if author == "" {
		author = handle(row.AccountID)
	}
	uncounted := clip.ViewsHidden
	if len(row.Photos) > 0 {
		uncounted = clip.Photo
	}
	return scraped{
		header: row.header, externalID: row.ID, author: author, caption: row.Description, publishedAt: row.Created,
		counts:    providers.Counts{Views: row.Plays, Likes: row.Diggs, Comments: row.Comments, Shares: row.Shares},
		uncounted: uncounted,
	}, err
}

// instagramTypes are the types of posts whose views Instagram does not count.
var instagramTypes = map[string]clip.Counterless{"Image": clip.Photo, "Carousel": clip.Carousel}

func readInstagram(raw json.RawMessage) (scraped, error) {
	var row struct {
		header
		ShortCode   string            `json:"shortcode"`
		Type        string            `json:"content_type"`
		Owner       string            `json:"user_posted"`
		Coauthors   []json.RawMessage `json:"coauthor_producers"`
		Description string            `json:"description"`
		Posted      time.Time         `json:"date_posted"`
		Plays       json.RawMessage   `json:"video_play_count"`
		Views       json.RawMessage   `json:"video_view_count"`
		Likes       json.RawMessage   `json:"likes"`
		Comments    json.RawMessage   `json:"num_comments"`
	}
	err := json.Unmarshal(raw, &row)
	// Instagram shows plays as views today; older records have only the other count.
	viewed := row.Plays
	if _, present, parseErr := providers.ParseCount(viewed); parseErr == nil && !present {
		viewed = row.Views
	}
	uncounted, known := instagramTypes[row.Type]
	if !known {
		uncounted = clip.ViewsHidden
	}
	return scraped{
		header: row.header, externalID: row.ShortCode, author: handle(row.Owner), coauthors: handlesOf(row.Coauthors),
		caption: row.Description, publishedAt: row.Posted,
		counts:    providers.Counts{Views: viewed, Likes: row.Likes, Comments: row.Comments},
		uncounted: uncounted,
	}, err
}

// handlesOf reads the names of co-authors, which are texts, or objects with a name.
func handlesOf(coauthors []json.RawMessage) (handles []string) {
	for _, raw := range coauthors {
		var named struct {
			Username string `json:"username"`
		}
		var text string
		if json.Unmarshal(raw, &text) != nil && json.Unmarshal(raw, &named) == nil {
			text = named.Username
		}
		if text != "" {
			handles = append(handles, handle(text))
		}
	}
	return handles
}

// handle returns a user name in the form of clip.ParseChannelID.
func handle(written string) string { return strings.ToLower(strings.TrimPrefix(written, "@")) }

// handleIn returns the handle in the address of a TikTok profile, "" if there is none.
func handleIn(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(parsed.Path, "/"), "/")
	if name, found := strings.CutPrefix(first, "@"); found {
		return handle(name)
	}
	return ""
}
