package apify

import (
	"cmp"
	"hash/fnv"
	"net/url"
	"regexp"
	"strconv"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
)

const timeForm = "2006-01-02T15:04:05.000Z"

var (
	tiktokPath    = regexp.MustCompile(`^/(?:@[^/]*/(?:video|photo)|embed/v2)/([0-9]+)/?$`)
	instagramPath = regexp.MustCompile(`^(?:/[^/]+)?/(?:reel|reels|p|tv)/([A-Za-z0-9_-]+)/?$`)
)

func tiktokID(address string) string      { return pathID(address, tiktokPath) }
func instagramCode(address string) string { return pathID(address, instagramPath) }

func pathID(address string, form *regexp.Regexp) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	match := form.FindStringSubmatch(parsed.Path)
	if match == nil {
		return ""
	}
	return match[1]
}

func tiktokItem(shown catalog.Shown, address string) item {
	return item{
		"id":                shown.ExternalID,
		"text":              captionOf(shown),
		"createTime":        shown.PublishedAt.Unix(),
		"createTimeISO":     shown.PublishedAt.UTC().Format(timeForm),
		"webVideoUrl":       "https://www.tiktok.com/@" + shown.AuthorID + "/video/" + shown.ExternalID,
		"submittedVideoUrl": address,
		"authorMeta":        item{"id": numericID(shown.AuthorID), "name": shown.AuthorID, "nickName": shown.AuthorID, "verified": false},
		"playCount":         shown.Counts.Views,
		"diggCount":         shown.Counts.Likes,
		"shareCount":        shown.Counts.Shares,
		"commentCount":      shown.Counts.Comments,
		"collectCount":      shown.Counts.Shares / 2,
		"isAd":              false,
		"isSlideshow":       false,
	}
}

func tiktokMissing(address string) item {
	return item{"url": address, "input": address, "error": "Post not found or private.", "errorCode": "NOT_FOUND"}
}

// instagramItem gives the address under /p/ for a request in any form, and the requested form
// in inputUrl.
func instagramItem(shown catalog.Shown, address string) item {
	return item{
		"id":                numericID(shown.ExternalID),
		"type":              "Video",
		"productType":       "clips",
		"shortCode":         shown.ExternalID,
		"caption":           captionOf(shown),
		"url":               "https://www.instagram.com/p/" + shown.ExternalID + "/",
		"inputUrl":          address,
		"ownerUsername":     shown.AuthorID,
		"ownerId":           numericID(shown.AuthorID),
		"coauthorProducers": coauthors(shown),
		"videoPlayCount":    shown.Counts.Views,
		"videoViewCount":    shown.Counts.Views * 6 / 10,
		"likesCount":        shown.Counts.Likes,
		"commentsCount":     shown.Counts.Comments,
		"timestamp":         shown.PublishedAt.UTC().Format(timeForm),
	}
}

// instagramMissing is the item for a post that is deleted, private or blocked, which the actor does not tell apart.
func instagramMissing(address string) item {
	return item{
		"url": address, "inputUrl": address, "requestErrorMessages": []string{},
		"error": "no_items", "errorDescription": "Empty or private data for provided input",
	}
}

func captionOf(shown catalog.Shown) string { return cmp.Or(shown.Caption, "A simulated clip") }

func coauthors(shown catalog.Shown) []item {
	all := []item{}
	for _, handle := range shown.CoAuthors {
		all = append(all, item{"id": numericID(handle), "username": handle, "is_verified": false})
	}
	return all
}

// markTikTok shows a clip of a kind. A slideshow of photos keeps its count of plays.
func markTikTok(result item, kind string) item {
	switch kind {
	case "":
	case catalog.Photo, catalog.Carousel:
		result["isSlideshow"] = true
	default:
		result["playCount"] = nil
	}
	return result
}

// markInstagram shows a clip of a kind. Photos and carousels have no plays, and a restricted page has
// no content.
func markInstagram(result item, kind string) item {
	switch kind {
	case "":
		return result
	case catalog.Restricted, catalog.RegionBlocked:
		return item{
			"url": result["url"], "inputUrl": result["inputUrl"],
			"error": "restricted_page", "errorDescription": "Restricted access, only partial data available",
		}
	case catalog.Photo:
		result["type"] = "Image"
		delete(result, "productType")
	case catalog.Carousel:
		result["type"] = "Sidecar"
		delete(result, "productType")
	default:
		result["likesCount"] = -1
	}
	result["videoPlayCount"], result["videoViewCount"] = nil, nil
	return result
}

// numericID returns a number for a name, in place of the platform's internal one.
func numericID(name string) string {
	digest := fnv.New64a()
	digest.Write([]byte(name))
	return strconv.FormatUint(digest.Sum64(), 10)
}
