package brightdata

import (
	"cmp"
	"hash/fnv"
	"net/url"
	"regexp"
	"strconv"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
)

const timeForm = "2006-01-02T15:04:05.000Z"

// dataset is a scraper: how an address is read, and how its records can be spoilt.
type dataset struct {
	read  func(s *Simulator, address, fault string) record
	spoil func(result record, fault string)
}

// datasets are known by their public ids.
var datasets = map[string]dataset{
	"gd_lu702nij2f790tmv9h": {read: postReader(tiktok, tiktokPath, tiktokPost), spoil: spoiler("play_count", "digg_count", "comment_count")},
	"gd_lk5ns7kz21pck8jpis": {read: postReader(instagram, instagramPath, instagramPost), spoil: spoiler("video_play_count", "likes", "num_comments")},
	"gd_l1villgoiiidt09ci":  {read: profileReader(tiktok, tiktokProfilePath, tiktokProfile)},
	"gd_l1vikfch901nx3by4":  {read: profileReader(instagram, instagramProfilePath, instagramProfile)},
}

var (
	tiktokPath           = regexp.MustCompile(`^/(?:@[^/]*/(?:video|photo)|embed/v2)/([0-9]+)/?$`)
	instagramPath        = regexp.MustCompile(`^(?:/[^/]+)?/(?:reel|reels|p|tv)/([A-Za-z0-9_-]+)/?$`)
	tiktokProfilePath    = regexp.MustCompile(`^/@([A-Za-z0-9._]+)/?$`)
	instagramProfilePath = regexp.MustCompile(`^/([A-Za-z0-9._]+)/?$`)
)

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

func postReader(platform string, form *regexp.Regexp, found func(catalog.Shown) record) func(*Simulator, string, string) record {
	return func(s *Simulator, address, _ string) record {
		id := pathID(address, form)
		if id == "" {
			return record{"error": "Wrong input url", "error_code": "bad_input"}
		}
		shown, ok := s.Serve(platform, id, nil)
		if !ok {
			return deadPage()
		}
		return found(shown)
	}
}

func deadPage() record {
	return record{"error": "The navigation resulted in a dead page (404 status code)", "error_code": "dead_page"}
}

func spoiler(views, likes, comments string) func(record, string) {
	return func(result record, fault string) {
		switch fault {
		case "spoilt_counts":
			result[views] = "plenty"
		case "spoilt_reactions":
			result[likes], result[comments] = "12K", -1
		}
	}
}

func tiktokPost(shown catalog.Shown) record {
	post := record{
		"url":              "https://www.tiktok.com/@" + shown.AuthorID + "/video/" + shown.ExternalID,
		"post_id":          shown.ExternalID,
		"shortcode":        shown.ExternalID,
		"post_type":        "video",
		"description":      cmp.Or(shown.Caption, "A simulated clip"),
		"create_time":      shown.PublishedAt.UTC().Format(timeForm),
		"play_count":       shown.Counts.Views,
		"digg_count":       shown.Counts.Likes,
		"share_count":      strconv.FormatInt(shown.Counts.Shares, 10),
		"collect_count":    shown.Counts.Shares / 2,
		"comment_count":    shown.Counts.Comments,
		"profile_id":       numericID(shown.AuthorID),
		"profile_username": "A simulated creator",
		"profile_url":      "https://www.tiktok.com/@" + shown.AuthorID,
		"account_id":       shown.AuthorID,
		"carousel_images":  []string{},
	}
	switch shown.Kind {
	case "":
	case catalog.Photo, catalog.Carousel:
		post["carousel_images"] = []string{"https://www.tiktok.com/1.jpeg"}
	default:
		post["play_count"] = nil
	}
	return post
}

func instagramPost(shown catalog.Shown) record {
	post := record{
		"url":                "https://www.instagram.com/p/" + shown.ExternalID + "/",
		"post_id":            numericID(shown.ExternalID),
		"shortcode":          shown.ExternalID,
		"content_type":       "Reel",
		"product_type":       "clips",
		"user_posted":        shown.AuthorID,
		"coauthor_producers": append([]string{}, shown.CoAuthors...),
		"description":        cmp.Or(shown.Caption, "A simulated clip"),
		"date_posted":        shown.PublishedAt.UTC().Format(timeForm),
		"video_play_count":   shown.Counts.Views,
		"video_view_count":   shown.Counts.Views * 6 / 10,
		"likes":              shown.Counts.Likes,
		"num_comments":       shown.Counts.Comments,
	}
	switch shown.Kind {
	case "":
		return post
	case catalog.Photo:
		post["content_type"] = "Image"
	case catalog.Carousel:
		post["content_type"] = "Carousel"
	}
	post["video_play_count"], post["video_view_count"] = nil, nil
	return post
}

func profileReader(platform string, form *regexp.Regexp, found func(catalog.Profile) record) func(*Simulator, string, string) record {
	return func(s *Simulator, address, fault string) record {
		shown, ok := s.ServeProfile(platform, pathID(address, form), fault == "stale_profile")
		if !ok {
			return deadPage()
		}
		return found(shown)
	}
}

func tiktokProfile(shown catalog.Profile) record {
	return record{
		"url": "https://www.tiktok.com/@" + shown.AuthorID, "account_id": shown.AuthorID, "id": numericID(shown.AuthorID),
		"nickname": "A simulated creator", "biography": shown.Text, "followers": 100, "videos_count": 1, "is_private": false,
	}
}

func instagramProfile(shown catalog.Profile) record {
	return record{
		"url": "https://www.instagram.com/" + shown.AuthorID, "account": shown.AuthorID, "id": numericID(shown.AuthorID),
		"full_name": "A simulated creator", "biography": shown.Text, "followers": 100, "posts_count": 1, "is_private": false,
	}
}

// numericID returns a number for a name, in place of the platform's internal one.
func numericID(name string) string {
	digest := fnv.New64a()
	digest.Write([]byte(name))
	return strconv.FormatUint(digest.Sum64(), 10)
}
