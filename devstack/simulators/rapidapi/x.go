package rapidapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
)

func (s *Simulator) xAPI() http.Handler {
	return endpoints(map[string]http.HandlerFunc{"/tweet.php": s.serveXPost, "/screenname.php": s.serveXUser})
}

func (s *Simulator) serveXPost(w http.ResponseWriter, r *http.Request) {
	shown, leftOut, ok := s.post(r, x, r.URL.Query().Get("id"))
	switch {
	case leftOut:
		catalog.WriteJSON(w, http.StatusOK, item{"status": "error"})
	case !ok:
		catalog.WriteJSON(w, http.StatusNotFound, item{"status": "notfound"})
	default:
		post := xPost(shown)
		spoil(r, post, "views", func(value any) { post["likes"] = value }, func(value any) { post["replies"] = value })
		catalog.WriteJSON(w, http.StatusOK, post)
	}
}

var escaped = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// xPost is a post. Its views are text. A post without a counter has none.
func xPost(shown catalog.Shown) item {
	post := item{
		"status": "active", "id": shown.ExternalID, "conversation_id": shown.ExternalID, "text": escaped.Replace(captionOf(shown)), "lang": "en",
		"created_at": shown.PublishedAt.UTC().Format(time.RubyDate),
		"views":      strconv.FormatInt(shown.Counts.Views, 10), "likes": shown.Counts.Likes, "replies": shown.Counts.Comments,
		"retweets": shown.Counts.Shares - shown.Counts.Shares/4, "quotes": shown.Counts.Shares / 4, "bookmarks": shown.Counts.Shares / 2,
		"author": item{"rest_id": numericID(shown.AuthorID), "name": "A simulated creator", "screen_name": shown.AuthorID, "blue_verified": false},
		"media":  nil,
	}
	if shown.Kind != "" {
		delete(post, "views")
	}
	return post
}

func (s *Simulator) serveXUser(w http.ResponseWriter, r *http.Request) {
	shown, ok := s.profile(r, x, r.URL.Query().Get("screenname"))
	if !ok {
		catalog.WriteJSON(w, http.StatusNotFound, item{"status": "notfound"})
		return
	}
	catalog.WriteJSON(w, http.StatusOK, item{
		"status": "active", "profile": shown.AuthorID, "rest_id": numericID(shown.AuthorID), "id": numericID(shown.AuthorID), "name": "A simulated creator",
		"desc": escaped.Replace(shown.Text), "friends": 10, "sub_count": 100, "statuses_count": 1, "protected": nil, "created_at": "Thu Jan 02 03:04:05 +0000 2020",
	})
}
