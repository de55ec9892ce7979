package youtube

import (
	"net/http"
	"slices"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
)

// channelList has no items if no channel has one of the ids, as on the real platform.
type channelList struct {
	Kind     string    `json:"kind"`
	ETag     string    `json:"etag"`
	PageInfo pageInfo  `json:"pageInfo"`
	Items    []channel `json:"items,omitempty"`
}

type channel struct {
	Kind    string          `json:"kind"`
	ETag    string          `json:"etag"`
	ID      string          `json:"id"`
	Snippet *channelSnippet `json:"snippet,omitempty"`
}

type channelSnippet struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	CustomURL   string `json:"customUrl"`
	PublishedAt string `json:"publishedAt"`
}

func (s *Simulator) channelList(r *http.Request, parts, ids []string) channelList {
	list := channelList{Kind: "youtube#channelListResponse", ETag: "sim"}
	for _, id := range ids {
		shown, ok := s.ServeProfile(platform, id, insideFault(r) == "stale_profile")
		if !ok {
			continue
		}
		list.Items = append(list.Items, renderChannel(shown, parts))
	}
	list.PageInfo = pageInfo{TotalResults: len(list.Items), ResultsPerPage: 5}
	return list
}

func renderChannel(shown catalog.Profile, parts []string) channel {
	item := channel{Kind: "youtube#channel", ETag: "sim", ID: shown.AuthorID}
	if slices.Contains(parts, "snippet") {
		item.Snippet = &channelSnippet{
			Title: "A simulated channel", Description: shown.Text, CustomURL: "@simulated", PublishedAt: "2020-01-02T03:04:05Z",
		}
	}
	return item
}
