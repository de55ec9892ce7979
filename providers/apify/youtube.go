package apify

import (
	"encoding/json"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/providers"
)

// page is an address in the form of the YouTube actors.
type page struct {
	URL string `json:"url"`
}

func youtubeInput(urls []string) any {
	pages := make([]page, 0, len(urls))
	for _, each := range urls {
		pages = append(pages, page{each})
	}
	return map[string]any{"startUrls": pages, "maxResults": len(urls), "maxResultsShorts": 0, "maxResultStreams": 0}
}

// readYouTube reads an item. The actor leaves out a video that it cannot open, so it never says that one does not
// exist. It does not say that a video is unlisted or for members either, only that there is no count.
func readYouTube(raw json.RawMessage) (scraped, error) {
	var item struct {
		failure
		ID        string          `json:"id"`
		URL       string          `json:"url"`
		Text      string          `json:"text"`
		Date      time.Time       `json:"date"`
		ChannelID string          `json:"channelId"`
		Views     json.RawMessage `json:"viewCount"`
		Likes     json.RawMessage `json:"likes"`
		Comments  json.RawMessage `json:"commentsCount"`
	}
	err := json.Unmarshal(raw, &item)
	return scraped{
		externalID: item.ID, addresses: []string{item.URL}, failure: item.failure,
		author: item.ChannelID, caption: item.Text, publishedAt: item.Date, uncounted: clip.ViewsHidden,
		counts: providers.Counts{Views: item.Views, Likes: item.Likes, Comments: item.Comments},
	}, err
}

func youtubeProfileInput(channelID string) any {
	return map[string]any{
		"startUrls":  []page{{"https://www.youtube.com/channel/" + channelID}},
		"maxResults": 1, "maxResultsShorts": 0, "maxResultStreams": 0,
	}
}

// readYouTubeProfile reads a video of the channel, which has the channel in it.
func readYouTubeProfile(raw json.RawMessage) (scrapedProfile, error) {
	var item struct {
		failure
		ChannelID   string  `json:"channelId"`
		Description *string `json:"channelDescription"`
		About       struct {
			ChannelID   string  `json:"channelId"`
			Description *string `json:"channelDescription"`
		} `json:"aboutChannelInfo"`
	}
	err := json.Unmarshal(raw, &item)
	if item.About.ChannelID != "" {
		return scrapedProfile{failure: item.failure, author: item.About.ChannelID, text: item.About.Description}, err
	}
	return scrapedProfile{failure: item.failure, author: item.ChannelID, text: item.Description}, err
}
