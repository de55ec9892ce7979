package brightdata

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// profileDataset is a scraper of profiles: the address of a profile without its handle, and how its records are read.
type profileDataset struct {
	id      string
	address string
	read    func(raw json.RawMessage) (scrapedProfile, error)
}

type scrapedProfile struct {
	header
	handle string
	// text is nil if the record has none, which is not an empty one.
	text *string
}

func readTikTokProfile(raw json.RawMessage) (scrapedProfile, error) {
	var row struct {
		header
		AccountID string  `json:"account_id"`
		Biography *string `json:"biography"`
	}
	err := json.Unmarshal(raw, &row)
	return scrapedProfile{row.header, handle(row.AccountID), row.Biography}, err
}

func readInstagramProfile(raw json.RawMessage) (scrapedProfile, error) {
	var row struct {
		header
		Account   string  `json:"account"`
		Biography *string `json:"biography"`
	}
	err := json.Unmarshal(raw, &row)
	return scrapedProfile{row.header, handle(row.Account), row.Biography}, err
}

// ReadProfile reads the text of a profile as described at providers.Client. It waits for the answer, because a person
// may wait for the proof of a channel.
func (c *Client) ReadProfile(ctx context.Context, platform clip.Platform, authorID string) (providers.Profile, error) {
	if err := providers.CheckProfileRequest(c, platform, authorID); err != nil {
		return providers.Profile{}, err
	}
	set := c.profiles[platform]
	answer, err := c.scrape(ctx, set.id, []string{set.address + authorID})
	if err != nil {
		return providers.Profile{}, err
	}
	if answer.Status != http.StatusOK {
		return providers.Profile{CostMicros: c.costOfFailure(answer, 1)}, faultOf(answer, c.now())
	}
	rows, err := listOf(answer.Body)
	if err != nil {
		return providers.Profile{}, err
	}
	profile := profileIn(set, rows, authorID)
	profile.CostMicros = c.cost(len(rows))
	return profile, nil
}

// profileIn returns the author's record. Records of others say nothing about the author.
func profileIn(set profileDataset, rows []json.RawMessage, authorID string) providers.Profile {
	missing := views.Unreadable
	for _, raw := range rows {
		row, err := set.read(raw)
		switch {
		case err != nil:
		case row.Error != "" || row.ErrorCode != "":
			missing = row.missing()
		case row.handle == authorID && row.text != nil:
			return providers.Profile{AuthorID: authorID, Text: *row.text}
		}
	}
	return providers.Profile{Missing: missing}
}
