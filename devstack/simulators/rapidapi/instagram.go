package rapidapi

import (
	"cmp"
	"hash/fnv"
	"net/http"
	"regexp"
	"strconv"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
)

var instagramPath = regexp.MustCompile(`^(?:/[^/]+)?/(?:reel|reels|p|tv)/([A-Za-z0-9_-]+)/?$`)

func (s *Simulator) instagramAPI() http.Handler {
	return endpoints(map[string]http.HandlerFunc{"/post": s.serveInstagramPost, "/profile": s.serveInstagramProfile})
}

func (s *Simulator) serveInstagramPost(w http.ResponseWriter, r *http.Request) {
	shown, leftOut, ok := s.post(r, instagram, idIn(r.URL.Query().Get("url"), instagramPath))
	switch {
	case leftOut:
		catalog.WriteJSON(w, http.StatusOK, item{"status": true})
	case !ok || shown.Kind == catalog.Restricted || shown.Kind == catalog.RegionBlocked:
		catalog.WriteJSON(w, http.StatusNotFound, item{"status": false, "errorMessage": "Media not found"})
	default:
		post := instagramPost(shown)
		spoil(r, post, "video_play_count", func(value any) { post["edge_media_preview_like"] = item{"count": value} }, func(value any) {
			post["edge_media_to_parent_comment"] = item{"count": value}
		})
		catalog.WriteJSON(w, http.StatusOK, post)
	}
}

// instagramPost is a post as Instagram's web page loads it. Photos and carousels have no plays.
func instagramPost(shown catalog.Shown) item {
	post := item{
		"status": true, "__typename": "XDTGraphVideo", "id": numericID(shown.ExternalID), "shortcode": shown.ExternalID, "product_type": "clips", "is_video": true,
		"video_play_count": shown.Counts.Views, "video_view_count": shown.Counts.Views * 6 / 10,
		"edge_media_preview_like":      item{"count": shown.Counts.Likes},
		"edge_media_to_parent_comment": item{"count": shown.Counts.Comments, "edges": []item{}},
		"edge_media_to_caption":        item{"edges": []item{{"node": item{"text": captionOf(shown)}}}},
		"owner":                        item{"id": numericID(shown.AuthorID), "username": shown.AuthorID, "is_private": false},
		"coauthor_producers":           coauthors(shown),
		"taken_at_timestamp":           shown.PublishedAt.Unix(),
	}
	switch shown.Kind {
	case "":
		return post
	case catalog.Photo:
		post["__typename"], post["is_video"] = "XDTGraphImage", false
	case catalog.Carousel:
		post["__typename"], post["is_video"] = "XDTGraphSidecar", false
	}
	post["video_play_count"], post["video_view_count"] = nil, nil
	return post
}

func captionOf(shown catalog.Shown) string { return cmp.Or(shown.Caption, "A simulated clip") }

func coauthors(shown catalog.Shown) []item {
	all := []item{}
	for _, handle := range shown.CoAuthors {
		all = append(all, item{"id": numericID(handle), "username": handle})
	}
	return all
}

func (s *Simulator) serveInstagramProfile(w http.ResponseWriter, r *http.Request) {
	shown, ok := s.profile(r, instagram, r.URL.Query().Get("username"))
	if !ok {
		catalog.WriteJSON(w, http.StatusNotFound, item{"status": false, "errorMessage": "User not found"})
		return
	}
	catalog.WriteJSON(w, http.StatusOK, item{
		"status": true, "id": numericID(shown.AuthorID), "username": shown.AuthorID, "full_name": "A simulated creator", "biography": shown.Text,
		"is_private": false, "edge_followed_by": item{"count": 100}, "edge_follow": item{"count": 10},
	})
}

// numericID returns a number for a name, in place of the platform's internal one.
func numericID(name string) string {
	digest := fnv.New64a()
	digest.Write([]byte(name))
	return strconv.FormatUint(digest.Sum64()>>1, 10)
}
