package rapidapi

import (
	"net/http"
	"net/url"
	"regexp"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
)

var tiktokPath = regexp.MustCompile(`^/(?:@[^/]*/(?:video|photo)|embed/v2)/([0-9]+)/?$`)

func (s *Simulator) tiktokAPI() http.Handler {
	return endpoints(map[string]http.HandlerFunc{"/": s.serveTikTokPost, "/user/info": s.serveTikTokUser})
}

func (s *Simulator) serveTikTokPost(w http.ResponseWriter, r *http.Request) {
	shown, leftOut, ok := s.post(r, tiktok, idIn(r.URL.Query().Get("url"), tiktokPath))
	switch {
	case leftOut:
		catalog.WriteJSON(w, http.StatusOK, item{"code": 0, "msg": "success", "processed_time": 0.2, "data": nil})
	case !ok:
		catalog.WriteJSON(w, http.StatusOK, item{"code": -1, "msg": "Url parsing is failed! Please check url.", "processed_time": 0.3})
	default:
		post := tiktokPost(shown)
		spoil(r, post, "play_count", func(value any) { post["digg_count"] = value }, func(value any) { post["comment_count"] = value })
		catalog.WriteJSON(w, http.StatusOK, item{"code": 0, "msg": "success", "processed_time": 0.2, "data": post})
	}
}

// idIn returns the id in the path of an address, or "" if it has none.
func idIn(address string, form *regexp.Regexp) string {
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

// tiktokPost is a post. A slideshow of photos keeps its count of plays.
func tiktokPost(shown catalog.Shown) item {
	post := item{
		"aweme_id": shown.ExternalID, "id": shown.ExternalID, "region": "US", "title": captionOf(shown), "duration": 31,
		"play_count": shown.Counts.Views, "digg_count": shown.Counts.Likes, "comment_count": shown.Counts.Comments,
		"share_count": shown.Counts.Shares, "download_count": shown.Counts.Shares / 3, "collect_count": shown.Counts.Shares / 2,
		"create_time": shown.PublishedAt.Unix(), "is_ad": false,
		"author": item{"id": numericID(shown.AuthorID), "unique_id": shown.AuthorID, "nickname": "A simulated creator"},
	}
	switch shown.Kind {
	case "":
	case catalog.Photo, catalog.Carousel:
		post["images"] = []string{"https://example.com/1.jpg"}
	default:
		post["play_count"] = nil
	}
	return post
}

func (s *Simulator) serveTikTokUser(w http.ResponseWriter, r *http.Request) {
	shown, ok := s.profile(r, tiktok, r.URL.Query().Get("unique_id"))
	if !ok {
		catalog.WriteJSON(w, http.StatusOK, item{"code": -1, "msg": "unique_id is invalid", "processed_time": 0.1})
		return
	}
	catalog.WriteJSON(w, http.StatusOK, item{"code": 0, "msg": "success", "processed_time": 0.1, "data": item{
		"user":  item{"id": numericID(shown.AuthorID), "uniqueId": shown.AuthorID, "nickname": "A simulated creator", "signature": shown.Text, "privateAccount": false},
		"stats": item{"followerCount": 100, "followingCount": 10, "heartCount": 1000, "videoCount": 1},
	}})
}
