package clip

import (
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
)

// AppealWindow is how long after a decision its creator can appeal. What is kept for a clip that is rejected
// after the end of its campaign stays for that long.
const AppealWindow = 14 * 24 * time.Hour

// LateConfirmWindow is how long a reviewer can confirm the count of a clip that was approved after the end of its
// campaign. What is kept for that count stays for that long.
const LateConfirmWindow = 14 * 24 * time.Hour

// AppealStatus is how far an appeal is.
type AppealStatus string

// The states of an appeal.
const (
	AppealOpen       AppealStatus = "open"
	AppealUpheld     AppealStatus = "upheld"     // the decision stays
	AppealOverturned AppealStatus = "overturned" // the clip is restored, or its creator is in the right and nothing is kept
)

// AppealStatuses returns every state of an appeal.
func AppealStatuses() []AppealStatus {
	return []AppealStatus{AppealOpen, AppealUpheld, AppealOverturned}
}

// Appealed is the decision on a clip that its creator appeals.
type Appealed struct {
	Status       Status
	StatusReason string
	By           DecidedBy
	DecidedAt    time.Time
}

// CheckAppeal returns nil if a decision can be appealed with a text. Otherwise it returns fault.Invalid
// "statement_missing" or "note_too_long", or fault.Conflict "clip_not_ended", "not_decided_by_person" or
// "appeal_too_late".
func CheckAppeal(a Appealed, statement string, now time.Time) error {
	switch {
	case a.Status != Rejected && a.Status != Removed:
		return fault.New(fault.Conflict, "clip_not_ended", "the clip is %s: only a clip that was rejected or removed can be appealed", a.Status)
	case a.By != ByPerson:
		return fault.New(fault.Conflict, "not_decided_by_person", "no person has decided on the clip (%s): submit the post again once the cause is gone", a.StatusReason)
	case now.Sub(a.DecidedAt) > AppealWindow:
		return fault.New(fault.Conflict, "appeal_too_late", "a decision can be appealed for %d days: this one was taken on %s", int(AppealWindow.Hours()/24), a.DecidedAt.UTC().Format(time.DateOnly))
	case strings.TrimSpace(statement) == "":
		return fault.Field("statement", "statement_missing", "say why the decision is wrong: another reviewer reads it")
	case len(statement) > NoteMax:
		return fault.Field("statement", "note_too_long", "the statement must have at most %d bytes", NoteMax)
	}
	return nil
}

// AppealState is how far an appeal is, and the people behind it. DecidedBy is empty while it is open.
type AppealState struct {
	Status     AppealStatus
	AppealedBy string
	FiledBy    string
	DecidedBy  string
}

// CheckDecision reports whether the same person has decided the appeal in the same way before, whose answer may be
// lost. It returns fault.Denied "same_person" if the person who decides took the decision, or filed the appeal,
// and fault.Conflict "appeal_decided" if it was decided by another person or in another way.
func (a AppealState) CheckDecision(outcome AppealStatus, decider string) (repeated bool, err error) {
	switch {
	case a.Status == outcome && access.SamePerson(a.DecidedBy, decider):
		return true, nil
	case a.Status != AppealOpen:
		return false, fault.New(fault.Conflict, "appeal_decided", "the appeal is decided already: it was %s", a.Status)
	case access.SamePerson(a.AppealedBy, decider), access.SamePerson(a.FiledBy, decider):
		return false, fault.New(fault.Denied, "same_person", "the person who took the decision, or who filed the appeal, cannot decide the appeal: ask another reviewer")
	}
	return false, nil
}

// Appeal names an appeal and who decides it. NoteID names the note of that person.
type Appeal struct {
	ID     string    `json:"id"`
	ClipID string    `json:"clip_id"`
	Actor  string    `json:"actor"`
	NoteID string    `json:"note_id,omitempty"`
	At     time.Time `json:"at"`
}

// OverdueAppeals are the open appeals that no reviewer has decided for as long as a review may take. Count has all of
// them, at most AppealsCounted, and Oldest some, the oldest first.
type OverdueAppeals struct {
	Count  int             `json:"count"`
	Oldest []OverdueAppeal `json:"oldest,omitempty"`
}

// OverdueAppeal is one of them.
type OverdueAppeal struct {
	ID         string    `json:"id"`
	ClipID     string    `json:"clip_id"`
	CampaignID string    `json:"campaign_id"`
	FiledAt    time.Time `json:"filed_at"`
}

// Limits of OverdueAppeals.
const (
	AppealsCounted = 1000
	AppealsNamed   = 20
)
