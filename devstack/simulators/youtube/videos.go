package youtube

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
)

type videoList struct {
	Kind     string   `json:"kind"`
	ETag     string   `json:"etag"`
	Items    []video  `json:"items"`
	PageInfo pageInfo `json:"pageInfo"`
}

type pageInfo struct {
	TotalResults   int `json:"totalResults"`
	ResultsPerPage int `json:"resultsPerPage"`
}

type video struct {
	Kind           string          `json:"kind"`
	ETag           string          `json:"etag"`
	ID             string          `json:"id"`
	Snippet        *snippet        `json:"snippet,omitempty"`
	ContentDetails *contentDetails `json:"contentDetails,omitempty"`
	Status         *status         `json:"status,omitempty"`
	Statistics     *statistics     `json:"statistics,omitempty"`
}

type contentDetails struct {
	Duration          string             `json:"duration"`
	Definition        string             `json:"definition"`
	RegionRestriction *regionRestriction `json:"regionRestriction,omitempty"`
}

// regionRestriction with no country allowed blocks a clip everywhere.
type regionRestriction struct {
	Allowed []string `json:"allowed"`
}

type snippet struct {
	PublishedAt          string `json:"publishedAt"`
	ChannelID            string `json:"channelId"`
	Title                string `json:"title"`
	Description          string `json:"description"`
	ChannelTitle         string `json:"channelTitle"`
	CategoryID           string `json:"categoryId"`
	LiveBroadcastContent string `json:"liveBroadcastContent"`
}

type status struct {
	UploadStatus        string `json:"uploadStatus"`
	PrivacyStatus       string `json:"privacyStatus"`
	License             string `json:"license"`
	Embeddable          bool   `json:"embeddable"`
	PublicStatsViewable bool   `json:"publicStatsViewable"`
	MadeForKids         bool   `json:"madeForKids"`
}

// statistics are strings on the wire, because they may exceed a JavaScript number.
type statistics struct {
	ViewCount     string `json:"viewCount,omitempty"`
	LikeCount     string `json:"likeCount,omitempty"`
	FavoriteCount string `json:"favoriteCount"`
	CommentCount  string `json:"commentCount,omitempty"`
}

func (s *Simulator) videoList(r *http.Request, parts, ids []string) videoList {
	slices.Sort(ids)
	ids = slices.Compact(ids)

	list := videoList{Kind: "youtube#videoListResponse", ETag: "sim", Items: []video{}}
	for i, id := range ids {
		if insideFault(r) == "partial" && i%2 == 1 {
			continue
		}
		if shown, ok := s.Serve(platform, id, nil); ok {
			list.Items = append(list.Items, render(shown, parts))
		}
	}
	if len(list.Items) > 0 && list.Items[0].Statistics != nil {
		switch insideFault(r) {
		case "spoilt_counts":
			list.Items[0].Statistics.ViewCount = "-17"
		case "spoilt_reactions":
			list.Items[0].Statistics.LikeCount, list.Items[0].Statistics.CommentCount = "12K", "-1"
		}
	}
	list.PageInfo = pageInfo{TotalResults: len(list.Items), ResultsPerPage: len(list.Items)}
	return list
}

// render fills only the requested parts, as the platform does.
func render(shown catalog.Shown, parts []string) video {
	item := video{Kind: "youtube#video", ETag: "sim", ID: shown.ExternalID}
	if slices.Contains(parts, "snippet") {
		item.Snippet = &snippet{
			PublishedAt: shown.PublishedAt.UTC().Format(time.RFC3339), ChannelID: shown.AuthorID,
			Title: "A simulated clip", Description: shown.Caption, ChannelTitle: "A simulated channel", CategoryID: "24", LiveBroadcastContent: "none",
		}
	}
	if slices.Contains(parts, "contentDetails") {
		item.ContentDetails = &contentDetails{Duration: "PT31S", Definition: "hd"}
	}
	if slices.Contains(parts, "status") {
		item.Status = &status{
			UploadStatus: "processed", PrivacyStatus: "public", License: "youtube",
			Embeddable: true, PublicStatsViewable: true,
		}
	}
	if slices.Contains(parts, "statistics") {
		item.Statistics = &statistics{
			ViewCount: decimal(shown.Counts.Views), LikeCount: decimal(shown.Counts.Likes),
			FavoriteCount: "0", CommentCount: decimal(shown.Counts.Comments),
		}
	}
	mark(&item, shown.Kind)
	return item
}

// mark shows what kind of a clip it is, in the parts that were requested.
func mark(item *video, kind string) {
	switch {
	case kind == catalog.Premiere && item.Snippet != nil:
		item.Snippet.LiveBroadcastContent = "upcoming"
	case kind == catalog.Unlisted && item.Status != nil:
		item.Status.PrivacyStatus = "unlisted"
	case kind == catalog.RegionBlocked && item.ContentDetails != nil:
		item.ContentDetails.RegionRestriction = &regionRestriction{Allowed: []string{}}
	}
	if item.Statistics == nil {
		return
	}
	switch kind {
	case "", catalog.Unlisted, catalog.RegionBlocked:
	case catalog.MembersOnly:
		item.Statistics.ViewCount = ""
	case catalog.Premiere:
		item.Statistics.ViewCount = "0"
	default:
		*item.Statistics = statistics{FavoriteCount: "0"}
	}
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
