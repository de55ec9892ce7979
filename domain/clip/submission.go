package clip

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
)

// Submission identifies a clip: a post that a creator submits to a campaign.
type Submission struct {
	CampaignID string
	// CampaignCreatedAt is when the campaign was stored. It never changes.
	CampaignCreatedAt time.Time
	CreatorID         string
	Ref               Ref
}

// ID returns the id of the clip. It is the same for every submission of one post by one creator
// to one campaign, so that each has one workflow.
//
// It is a UUID version 8. The first 48 bits are the milliseconds of the campaign's creation, as in
// version 7, and the rest is a hash of the submission. So all clips of a campaign have ids in one month, and their readings are in one partition. The
// computation must never change, or existing ids could not be found again.
func (s Submission) ID() string {
	parts := []string{"clip", s.CampaignID, s.CreatorID, string(s.Ref.Platform), s.Ref.ExternalID}
	hash := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	var id [16]byte
	binary.BigEndian.PutUint64(id[:], uint64(s.CampaignCreatedAt.UnixMilli())<<16)
	copy(id[6:], hash[:])
	id[6] = id[6]&0x0f | 0x80 // version 8
	id[8] = id[8]&0x3f | 0x80 // variant of RFC 9562
	text := hex.EncodeToString(id[:])
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}
