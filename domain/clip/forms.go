package clip

import (
	"net/url"
	"regexp"
)

// platformByHost is the allow-list of hosts that a submitted address may have.
var platformByHost = map[string]Platform{
	"tiktok.com":     TikTok,
	"www.tiktok.com": TikTok,
	"m.tiktok.com":   TikTok,
	"vm.tiktok.com":  TikTok,
	"vt.tiktok.com":  TikTok,
	// The app TikTok Lite shares links on this host.
	"lite.tiktok.com": TikTok,

	"instagram.com":     Instagram,
	"www.instagram.com": Instagram,
	"m.instagram.com":   Instagram,
	"instagr.am":        Instagram,
	"www.instagr.am":    Instagram,

	"youtube.com":              YouTube,
	"www.youtube.com":          YouTube,
	"m.youtube.com":            YouTube,
	"music.youtube.com":        YouTube,
	"studio.youtube.com":       YouTube,
	"youtube-nocookie.com":     YouTube,
	"www.youtube-nocookie.com": YouTube,
	"youtu.be":                 YouTube,
	"www.youtu.be":             YouTube,

	"x.com":              X,
	"www.x.com":          X,
	"mobile.x.com":       X,
	"twitter.com":        X,
	"www.twitter.com":    X,
	"m.twitter.com":      X,
	"mobile.twitter.com": X,
}

// wrappers are hosts of links that only lead to other pages. The platforms and messengers put them around links. They
// are not followed, because they lead anywhere.
var wrappers = map[string]bool{
	"t.co": true, "l.instagram.com": true, "l.facebook.com": true, "lm.facebook.com": true, "bit.ly": true, "tinyurl.com": true,
}

// acceptedForms completes the sentence "use …".
var acceptedForms = map[Platform]string{
	TikTok:    "tiktok.com/@name/video/123…, tiktok.com/@name/photo/123…, or a link shared from the app (vm.tiktok.com, vt.tiktok.com, tiktok.com/t)",
	Instagram: "instagram.com/reel/CODE, instagram.com/p/CODE or instagram.com/tv/CODE",
	YouTube:   "youtube.com/watch?v=ID, youtube.com/shorts/ID, youtube.com/live/ID or youtu.be/ID",
	X:         "x.com/name/status/123…",
}

// instagramPages are the pages of a post: an embedded one, the link to a comment or to a reply, and the list of likes.
var instagramPages = `(?:/embed(?:/captioned)?|/c/[0-9]+(?:/r/[0-9]+)?|/liked_by)?`

// postForms are the paths of posts. The group "id" is the external id. Of handles only the
// characters are checked, because the platforms ignore them.
var postForms = map[Platform][]*regexp.Regexp{
	TikTok: {
		regexp.MustCompile(`^@[A-Za-z0-9._]*/(?:video|photo)/(?P<id>[0-9]+)$`),
		regexp.MustCompile(`^embed/(?:v[23]/)?(?P<id>[0-9]+)$`),
		regexp.MustCompile(`^player/v1/(?P<id>[0-9]+)$`),
		regexp.MustCompile(`^share/video/(?P<id>[0-9]+)$`),
		regexp.MustCompile(`^v/(?P<id>[0-9]+)\.html$`),
	},
	Instagram: {
		regexp.MustCompile(`^(?:reels?|p|tv)/(?P<id>[A-Za-z0-9_-]+)` + instagramPages + `$`),
		regexp.MustCompile(`^(?P<user>[A-Za-z0-9._]{1,30})/(?:reels?|p|tv)/(?P<id>[A-Za-z0-9_-]+)` + instagramPages + `$`),
	},
	YouTube: {
		regexp.MustCompile(`^(?:watch|shorts|live|embed|v|e)/(?P<id>[A-Za-z0-9_-]+)$`),
		// The pages in YouTube Studio on which the owner edits a video.
		regexp.MustCompile(`^video/(?P<id>[A-Za-z0-9_-]+)(?:/(?:edit|analytics(?:/[a-z-]+)*|comments|editor|monetization|copyright|translations|livestreaming))?$`),
	},
	X: {
		regexp.MustCompile(`^(?:i/web|[A-Za-z0-9_]{1,15})/status(?:es)?/(?P<id>[0-9]+)(?:/(?:photo|video)/[0-9]{1,2}|/(?:analytics|likes|quotes|retweets|history|mediaViewer))?$`),
		regexp.MustCompile(`^statuses/(?P<id>[0-9]+)$`),
	},
}

// notUsers are first path segments of Instagram that look like a user name before a post.
var notUsers = map[string]bool{
	"p": true, "reel": true, "reels": true, "tv": true,
	"share": true, "explore": true, "stories": true, "embed": true,
}

// notPosts are words in the form of an id. For example, youtube.com/embed/videoseries plays a list, and
// every list would become the same clip.
var notPosts = map[Platform]map[string]bool{
	YouTube: {"videoseries": true, "live_stream": true},
	Instagram: {
		"audio": true, "create": true, "drafts": true, "explore": true, "following": true, "popular": true, "saved": true,
		"share": true, "suggested": true, "templates": true, "trending": true, "upload": true, "videos": true,
	},
}

// postID returns the post id in the path, or in the query of youtube.com/watch, or "".
func postID(platform Platform, host, path string, query url.Values) string {
	if platform == YouTube {
		switch {
		case host == "youtu.be" || host == "www.youtu.be":
			return path
		case path == "watch":
			return onlyValue(query["v"])
		}
	}

	for _, form := range postForms[platform] {
		match := form.FindStringSubmatch(path)
		if match == nil {
			continue
		}
		if user := form.SubexpIndex("user"); user >= 0 && notUsers[match[user]] {
			return ""
		}
		if id := match[form.SubexpIndex("id")]; !notPosts[platform][id] {
			return id
		}
	}
	return ""
}

// onlyValue returns the value of a query parameter. It returns "" for different values, because
// the post is ambiguous then.
func onlyValue(values []string) string {
	if len(values) == 0 {
		return ""
	}
	for _, value := range values[1:] {
		if value != values[0] {
			return ""
		}
	}
	return values[0]
}

var (
	tiktokShortHost = regexp.MustCompile(`^v[mt]\.tiktok\.com$`)
	tiktokHost      = regexp.MustCompile(`^(?:www\.|m\.|lite\.)?tiktok\.com$`)
	instagramHost   = regexp.MustCompile(`^(?:www\.|m\.)?instagram\.com$|^(?:www\.)?instagr\.am$`)

	tiktokShortCode = regexp.MustCompile(`^[A-Za-z0-9_-]{5,32}$`)
	tiktokShortPath = regexp.MustCompile(`^t/([A-Za-z0-9_-]{5,32})$`)
	// A code under /share differs from the code of the same post under /reel.
	instagramSharePath = regexp.MustCompile(`^share/(?:(?:reel|p|tv)/)?[A-Za-z0-9_-]{5,32}$`)
)

// shortLink returns the canonical form of a link that only redirects to a post.
func shortLink(host, path string) (shortURL string, ok bool) {
	switch {
	case tiktokShortHost.MatchString(host) && tiktokShortCode.MatchString(path):
		return "https://" + host + "/" + path + "/", true
	case tiktokHost.MatchString(host) && tiktokShortPath.MatchString(path):
		return "https://www.tiktok.com/" + path + "/", true
	case instagramHost.MatchString(host) && instagramSharePath.MatchString(path):
		return "https://www.instagram.com/" + path + "/", true
	}
	return "", false
}
