package youtube

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

type videoList struct {
	// Items is nil only if the answer has no such list. Such an answer cannot be read; it does
	// not mean that no clip exists.
	Items []json.RawMessage `json:"items"`
}

type video struct {
	ID      string `json:"id"`
	Snippet struct {
		PublishedAt   time.Time `json:"publishedAt"`
		ChannelID     string    `json:"channelId"`
		Description   string    `json:"description"`
		LiveBroadcast string    `json:"liveBroadcastContent"`
	} `json:"snippet"`
	Status struct {
		UploadStatus  string `json:"uploadStatus"`
		PrivacyStatus string `json:"privacyStatus"`
	} `json:"status"`
	ContentDetails struct {
		RegionRestriction *struct {
			// Allowed is nil if the restriction names the blocked countries instead.
			Allowed *[]string `json:"allowed"`
		} `json:"regionRestriction"`
	} `json:"contentDetails"`
	Statistics *statistics `json:"statistics"`
}

type statistics struct {
	ViewCount    json.RawMessage `json:"viewCount"`
	LikeCount    json.RawMessage `json:"likeCount"`
	CommentCount json.RawMessage `json:"commentCount"`
}

func readList(body []byte, externalIDs []string, observedAt time.Time) (providers.Batch, error) {
	var list videoList
	if err := providers.Decode(body, &list); err != nil {
		return providers.Batch{}, providers.Garbage(name, err)
	}
	if list.Items == nil {
		return providers.Batch{}, providers.Garbage(name, errors.New("the answer has no items"))
	}

	answers := providers.NewAnswers(externalIDs, views.NotFound)
	for _, raw := range list.Items {
		id, reading, reason := readVideo(raw)
		switch {
		case id == "":
			answers.Doubt()
		case reason != "":
			answers.Miss(id, reason)
		default:
			reading.ObservedAt = observedAt.UTC()
			answers.Read(reading)
		}
	}
	return answers.Batch(), nil
}

// readVideo returns one item's id with its reading, or with the reason why it has none.
func readVideo(raw json.RawMessage) (id string, reading views.Reading, reason string) {
	var named struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(raw, &named) != nil {
		return "", views.Reading{}, views.Unreadable
	}
	var item video
	if json.Unmarshal(raw, &item) != nil {
		return named.ID, views.Reading{}, views.Unreadable
	}
	if reason := hiddenReason(item); reason != "" {
		return item.ID, views.Reading{}, reason
	}
	if item.Statistics == nil {
		return item.ID, views.Reading{}, views.Unreadable
	}
	counts, err := providers.Counts{
		Views: item.Statistics.ViewCount, Likes: item.Statistics.LikeCount, Comments: item.Statistics.CommentCount,
	}.Parse()
	if errors.Is(err, providers.ErrNoViews) {
		return item.ID, views.Reading{}, uncountedReason(item)
	}
	if err != nil || item.Snippet.ChannelID == "" || item.Snippet.PublishedAt.IsZero() {
		return item.ID, views.Reading{}, views.Unreadable
	}
	return item.ID, views.Reading{
		Platform: clip.YouTube, ExternalID: item.ID,
		AuthorID: item.Snippet.ChannelID, Caption: item.Snippet.Description, PublishedAt: item.Snippet.PublishedAt.UTC(),
		Views: counts.Views, Likes: counts.Likes, Comments: counts.Comments,
	}, ""
}

// hiddenReason returns why a clip that is in the answer must not be counted.
func hiddenReason(item video) string {
	if item.Status.PrivacyStatus == "private" {
		return views.Private
	}
	switch item.Status.UploadStatus {
	case "deleted", "failed", "rejected":
		return views.Removed
	}
	switch {
	case item.Snippet.LiveBroadcast == "upcoming":
		return string(clip.Premiere)
	case item.Status.PrivacyStatus == "unlisted":
		return string(clip.Unlisted)
	case item.blockedEverywhere():
		return string(clip.RegionBlocked)
	}
	return ""
}

// blockedEverywhere reports whether the list of allowed countries is empty. A clip that is blocked in
// some countries is counted like any other.
func (v video) blockedEverywhere() bool {
	restriction := v.ContentDetails.RegionRestriction
	return restriction != nil && restriction.Allowed != nil && len(*restriction.Allowed) == 0
}

// uncountedReason returns the kind of a clip that has no count of views. Owners cannot hide it on YouTube.
// The API leaves out the views alone for a clip that only members of the channel can watch.
func uncountedReason(item video) string {
	switch {
	case item.ContentDetails.RegionRestriction != nil:
		return string(clip.RegionBlocked)
	case item.Statistics.LikeCount != nil, item.Statistics.CommentCount != nil:
		return string(clip.MembersOnly)
	}
	return string(clip.ViewsHidden)
}
