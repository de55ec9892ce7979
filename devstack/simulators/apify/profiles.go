package apify

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
)

// profileActor is a scraper of profiles: the input field with the profiles, how an entry of it names an author, and the
// form of a result.
type profileActor struct {
	platform string
	field    string
	// resultsType is the setting with which the actor scrapes profiles, if it also scrapes posts.
	resultsType string
	handle      func(entry string) string
	found       func(shown catalog.Profile, entry string) item
	missing     func(entry string) item
}

var profileActors = map[string]profileActor{
	"clockworks~tiktok-profile-scraper": {
		platform: tiktok, field: "profiles", handle: func(entry string) string { return strings.TrimPrefix(entry, "@") },
		found: tiktokProfile, missing: tiktokProfileMissing,
	},
	"apify~instagram-scraper": {
		platform: instagram, field: "directUrls", resultsType: `"details"`, handle: instagramHandle,
		found: instagramProfile, missing: instagramProfileMissing,
	},
	"streamers~youtube-channel-scraper": {platform: youtube, field: "startUrls", handle: youtubeChannel, found: youtubeProfile},
}

// asked reports whether the actor is to scrape profiles.
func (a profileActor) asked(given input) bool {
	return a.resultsType == "" || string(given["resultsType"]) == a.resultsType
}

func (s *Simulator) serveProfiles(w http.ResponseWriter, r *http.Request, run profileActor, given input) {
	entries, problem := given.list(run.field)
	if problem != "" {
		writeError(w, http.StatusBadRequest, "invalid-input", problem)
		return
	}
	results := []item{}
	for _, entry := range entries {
		shown, ok := s.ServeProfile(run.platform, run.handle(entry), insideFault(r) == "stale_profile")
		switch {
		case ok:
			results = append(results, run.found(shown, entry))
		case run.missing != nil:
			results = append(results, run.missing(entry))
		}
	}
	catalog.WriteJSON(w, http.StatusCreated, results)
}

// tiktokProfile is a post of the author, with the profile in it. An author without posts has a note in its place.
func tiktokProfile(shown catalog.Profile, entry string) item {
	return item{
		"input": entry, "fromProfileSection": "videos",
		"authorMeta": item{
			"id": numericID(shown.AuthorID), "name": shown.AuthorID, "nickName": shown.AuthorID, "verified": false,
			"signature": shown.Text, "privateAccount": false, "fans": 100, "video": 1,
			"profileUrl": "https://www.tiktok.com/@" + shown.AuthorID,
		},
	}
}

func tiktokProfileMissing(entry string) item {
	return item{"url": "https://www.tiktok.com/@" + entry, "input": entry, "error": "Profile not found.", "errorCode": "NOT_FOUND"}
}

var instagramProfilePath = regexp.MustCompile(`^https://www\.instagram\.com/([A-Za-z0-9._]+)/?$`)

func instagramHandle(entry string) string {
	match := instagramProfilePath.FindStringSubmatch(entry)
	if match == nil {
		return ""
	}
	return match[1]
}

func instagramProfile(shown catalog.Profile, entry string) item {
	return item{
		"inputUrl": entry, "id": numericID(shown.AuthorID), "username": shown.AuthorID, "url": "https://www.instagram.com/" + shown.AuthorID,
		"fullName": "A simulated creator", "biography": shown.Text, "followersCount": 100, "followsCount": 10, "postsCount": 1, "private": false, "verified": false,
	}
}

func instagramProfileMissing(entry string) item {
	return item{"url": entry, "inputUrl": entry, "username": instagramHandle(entry), "error": "not_found", "errorDescription": "Post does not exist"}
}
