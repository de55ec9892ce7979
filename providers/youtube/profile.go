package youtube

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

type channelList struct {
	// Items is left out if no channel has the id, and pageInfo is there then.
	Items    []json.RawMessage `json:"items"`
	PageInfo *struct {
		TotalResults int `json:"totalResults"`
	} `json:"pageInfo"`
}

type channel struct {
	ID      string `json:"id"`
	Snippet *struct {
		Description string `json:"description"`
	} `json:"snippet"`
}

// ReadProfile reads the description of a channel as described at providers.Client. Wire format:
// https://developers.google.com/youtube/v3/docs/channels/list
func (c *Client) ReadProfile(ctx context.Context, platform clip.Platform, authorID string) (providers.Profile, error) {
	if err := providers.CheckProfileRequest(c, platform, authorID); err != nil {
		return providers.Profile{}, err
	}
	answer, err := c.endpoint.Do(ctx, providers.Request{
		Method: http.MethodGet,
		Path:   "/youtube/v3/channels",
		Query:  url.Values{"part": {"snippet"}, "id": {authorID}, "key": {c.apiKey}},
		Header: http.Header{"Accept": {"application/json"}},
	})
	if err != nil {
		return providers.Profile{}, err
	}
	if answer.Status != http.StatusOK {
		return providers.Profile{}, faultOf(answer, c.now())
	}
	return readChannel(answer.Body, authorID)
}

func readChannel(body []byte, authorID string) (providers.Profile, error) {
	var list channelList
	if err := providers.Decode(body, &list); err != nil {
		return providers.Profile{}, providers.Garbage(name, err)
	}
	if list.Items == nil && list.PageInfo == nil {
		return providers.Profile{}, providers.Garbage(name, errors.New("the answer is not a list of channels"))
	}
	for _, raw := range list.Items {
		var item channel
		if json.Unmarshal(raw, &item) == nil && item.ID == authorID && item.Snippet != nil {
			return providers.Profile{AuthorID: item.ID, Text: item.Snippet.Description}, nil
		}
	}
	if len(list.Items) > 0 {
		return providers.Profile{Missing: views.Unreadable}, nil
	}
	return providers.Profile{Missing: views.NotFound}, nil
}
