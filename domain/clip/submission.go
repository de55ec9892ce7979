package clip

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
)

// Submission is what makes a clip the same one: a post that a creator submits to a campaign.
type Submission struct {
	CampaignID string
	// CampaignCreatedAt is when the campaign was written down, which never changes.
	CampaignCreatedAt time.Time
	CreatorID         string
	Ref               Ref
}

// ID returns the id of the clip, the same for every submission of one post by one creator to
// one campaign, so that it can only ever be one workflow. It is a UUID version 8: its first
// 48 bits are the milliseconds of the campaign's creation, as a version 7 has its own, and
// the rest is a hash of what was submitted. All clips of a campaign thus have ids of one
// month, and their readings lie in one partition. How it is made must never change: ids that
// were given out would no longer be found again.
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
