package apify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// profileActor is a scraper of profiles: its input, and how its items are read.
type profileActor struct {
	name  string
	input func(authorID string) any
	read  func(raw json.RawMessage) (scrapedProfile, error)
}

type scrapedProfile struct {
	failure failure
	author  string
	// text is nil if the item has none, which is not an empty one.
	text *string
}

var profileActors = map[clip.Platform]profileActor{
	clip.TikTok:    {name: "clockworks~tiktok-profile-scraper", input: tiktokProfileInput, read: readTikTokProfile},
	clip.Instagram: {name: "apify~instagram-scraper", input: instagramProfileInput, read: readInstagramProfile},
	clip.YouTube:   {name: "streamers~youtube-channel-scraper", input: youtubeProfileInput, read: readYouTubeProfile},
}

func tiktokProfileInput(handle string) any {
	return map[string]any{
		"profiles": []string{handle}, "resultsPerPage": 1,
		"shouldDownloadVideos": false, "shouldDownloadCovers": false,
		"shouldDownloadSubtitles": false, "shouldDownloadSlideshowImages": false,
	}
}

func instagramProfileInput(handle string) any {
	return map[string]any{"directUrls": []string{"https://www.instagram.com/" + handle + "/"}, "resultsType": "details", "resultsLimit": 1}
}

// readTikTokProfile reads a post of the author, which has the profile in it.
func readTikTokProfile(raw json.RawMessage) (scrapedProfile, error) {
	var item struct {
		failure
		Author struct {
			Name      string  `json:"name"`
			Signature *string `json:"signature"`
		} `json:"authorMeta"`
	}
	err := json.Unmarshal(raw, &item)
	return scrapedProfile{failure: item.failure, author: item.Author.Name, text: item.Author.Signature}, err
}

func readInstagramProfile(raw json.RawMessage) (scrapedProfile, error) {
	var item struct {
		failure
		Username  string  `json:"username"`
		Biography *string `json:"biography"`
	}
	err := json.Unmarshal(raw, &item)
	return scrapedProfile{failure: item.failure, author: item.Username, text: item.Biography}, err
}

// ReadProfile reads the text of a profile as described at providers.Client.
func (c *Client) ReadProfile(ctx context.Context, platform clip.Platform, authorID string) (providers.Profile, error) {
	if err := providers.CheckProfileRequest(c, platform, authorID); err != nil {
		return providers.Profile{}, err
	}
	actor := profileActors[platform]
	input, err := json.Marshal(actor.input(authorID))
	if err != nil {
		return providers.Profile{}, fmt.Errorf("write actor input: %w", err)
	}
	answer, err := c.run(ctx, actor.name, input)
	if err != nil {
		return providers.Profile{}, err
	}
	if answer.Status != http.StatusOK && answer.Status != http.StatusCreated {
		return providers.Profile{CostMicros: c.costOfFailure(answer, 1)}, faultOf(answer, c.now())
	}
	profile, itemsCount, err := readProfileItems(actor, platform, answer.Body, authorID)
	profile.CostMicros = c.cost(itemsCount)
	return profile, err
}

// readProfileItems returns the author's item, and the number of items. Items of others say nothing about the author.
func readProfileItems(actor profileActor, platform clip.Platform, body []byte, asked string) (providers.Profile, int, error) {
	var items []json.RawMessage
	if err := providers.Decode(body, &items); err != nil {
		return providers.Profile{}, 0, providers.Garbage(name, err)
	}
	if items == nil {
		return providers.Profile{}, 0, providers.Garbage(name, errors.New("the answer is not a list"))
	}
	missing := views.Unreadable
	for _, raw := range items {
		item, err := actor.read(raw)
		if err != nil {
			continue
		}
		if item.failure.failed() {
			missing = item.failure.profileReason()
			continue
		}
		if authorID(platform, item.author) == asked && item.text != nil {
			return providers.Profile{AuthorID: asked, Text: *item.text}, len(items), nil
		}
	}
	return providers.Profile{Missing: missing}, len(items), nil
}

// profileReason is "not_found" only when the actor reports that the platform shows no such profile.
func (f failure) profileReason() string {
	if f.Error == "not_found" || f.Code == "NOT_FOUND" || strings.HasPrefix(f.Error, "Profile not found") {
		return views.NotFound
	}
	return views.Unreadable
}
