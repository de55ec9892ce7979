package catalog

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

// Profile is what an author says about themselves.
type Profile struct {
	Platform string `json:"platform"`
	AuthorID string `json:"author_id"`
	Text     string `json:"text"`
}

// profileEntry keeps the text before the latest change, which a provider may still show.
type profileEntry struct {
	profile Profile
	before  string
	deleted bool
}

// Kinds of the journal lines about profiles. ObjectID is "platform/author_id".
const (
	KindProfileServed  = "profile.served"
	KindProfileMissing = "profile.missing"
)

// PutProfile adds a profile, or changes its text. The error names the field to correct.
func (c *Catalog) PutProfile(profile Profile) error {
	switch {
	case !c.Shows(profile.Platform):
		return fmt.Errorf("platform %q: use one of %s", profile.Platform, strings.Join(c.platforms, ", "))
	case !authorIDForm.MatchString(profile.AuthorID):
		return errors.New("author_id: use 1 to 64 letters, digits, dots, _ and -, without @")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	at := profileKey(profile.Platform, profile.AuthorID)
	c.profiles[at] = profileEntry{profile: profile, before: c.profiles[at].profile.Text}
	return nil
}

// DeleteProfile removes a profile from its platform. It reports whether there was such a profile.
func (c *Catalog) DeleteProfile(platform, authorID string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := profileKey(platform, authorID)
	found, ok := c.profiles[at]
	found.deleted = true
	c.profiles[at] = found
	return ok
}

// ShowProfile returns what the platform shows of an author. stale shows the text before the latest change. The author
// of a clip has a profile, with an empty text unless one was put.
func (c *Catalog) ShowProfile(platform, authorID string, stale bool) (Profile, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.profiles[profileKey(platform, authorID)]
	if ok {
		if stale {
			found.profile.Text = found.before
		}
		return found.profile, !found.deleted
	}
	for at, each := range c.clips {
		if at.platform == platform && strings.EqualFold(each.clip.AuthorID, authorID) {
			return Profile{Platform: platform, AuthorID: each.clip.AuthorID}, true
		}
	}
	return Profile{}, false
}

// profileKey ignores the case, as platforms do in addresses of profiles. A channel id of YouTube has one spelling.
func profileKey(platform, authorID string) key {
	if platform == "youtube" {
		return key{platform, authorID}
	}
	return key{platform, strings.ToLower(authorID)}
}

// ServeProfile looks a profile up for an answer, and records it in the journal.
func (s *Simulator) ServeProfile(platform, authorID string, stale bool) (Profile, bool) {
	shown, ok := s.Clips.ShowProfile(platform, authorID, stale)
	line := faults.Entry{Kind: KindProfileMissing, ObjectID: platform + "/" + authorID}
	if ok {
		line.Kind = KindProfileServed
	}
	s.Journal.Append(line)
	return shown, ok
}

func (s *Simulator) servePutProfile(w http.ResponseWriter, r *http.Request) {
	var profile Profile
	if !readJSON(w, r, &profile) {
		return
	}
	if err := s.Clips.PutProfile(profile); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	WriteJSON(w, http.StatusOK, profile)
}

func (s *Simulator) serveDeleteProfile(w http.ResponseWriter, r *http.Request) {
	if !s.Clips.DeleteProfile(r.PathValue("platform"), r.PathValue("author_id")) {
		refuse(w, http.StatusNotFound, "there is no such profile")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
