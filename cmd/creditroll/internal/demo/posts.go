package demo

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strconv"

	"github.com/creditroll/creditroll/domain/clip"
)

const base64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// externalID returns a new id in the platform's form.
func externalID(platform clip.Platform, draw *rand.Rand) string {
	if platform == clip.TikTok {
		return strconv.FormatUint(7_000_000_000_000_000_000+draw.Uint64N(600_000_000_000_000_000), 10)
	}
	id := make([]byte, 11)
	for i := range id {
		id[i] = base64URL[draw.IntN(len(base64URL))]
	}
	return string(id)
}

// authorID is a creator's account on a platform, in the form that providers report.
func authorID(handle string, platform clip.Platform) string {
	if platform != clip.YouTube {
		return underscored(handle)
	}
	const bodyLen = 22
	body := fmt.Sprintf("%-*s", bodyLen, underscored(handle))
	padded := []byte("UC" + body[:bodyLen])
	for i, char := range padded {
		if char == ' ' {
			padded[i] = '0'
		}
	}
	return string(padded)
}

func hash(text string) uint64 {
	digest := fnv.New64a()
	_, _ = digest.Write([]byte(text))
	return digest.Sum64()
}

func underscored(handle string) string {
	name := []byte(handle)
	for i, char := range name {
		if char == '-' {
			name[i] = '_'
		}
	}
	return string(name)
}

// address is the URL of the post, with the parameters of a share button.
func (c clipPlan) address() string {
	switch c.platform {
	case clip.TikTok:
		return "https://www.tiktok.com/@" + c.author + "/video/" + c.externalID + "?is_from_webapp=1"
	case clip.Instagram:
		return "https://www.instagram.com/reel/" + c.externalID + "/?igsh=1"
	}
	return "https://youtu.be/" + c.externalID + "?si=1"
}
