package apify

import (
	"net/url"
	"strings"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
)

func youtubeID(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return parsed.Query().Get("v")
}

// youtubeItem is a video with its channel.
func youtubeItem(shown catalog.Shown, address string) item {
	return item{
		"type": "video", "id": shown.ExternalID, "title": "A simulated clip", "url": "https://www.youtube.com/watch?v=" + shown.ExternalID, "input": address,
		"text": captionOf(shown), "date": shown.PublishedAt.UTC().Format(timeForm), "duration": "00:00:31",
		"viewCount": shown.Counts.Views, "likes": shown.Counts.Likes, "commentsCount": shown.Counts.Comments,
		"channelId": shown.AuthorID, "channelName": "A simulated creator", "channelUrl": "https://www.youtube.com/channel/" + shown.AuthorID,
	}
}

// markYouTube shows a clip of a kind, all of which have no count. An unlisted one looks like any other.
func markYouTube(result item, kind string) item {
	if kind != "" && kind != catalog.Unlisted {
		result["viewCount"] = nil
	}
	return result
}

// youtubeChannel returns the id in the address of a channel.
func youtubeChannel(entry string) string {
	id, _ := strings.CutPrefix(entry, "https://www.youtube.com/channel/")
	return id
}

// youtubeProfile is a video of the channel, with the channel in it.
func youtubeProfile(shown catalog.Profile, entry string) item {
	return item{
		"type": "video", "input": entry, "channelId": shown.AuthorID, "channelDescription": shown.Text,
		"aboutChannelInfo": item{
			"channelId": shown.AuthorID, "channelName": "A simulated creator", "channelUrl": entry, "channelDescription": shown.Text,
			"numberOfSubscribers": 100, "channelTotalVideos": 1,
		},
	}
}
