package x

import (
	"cmp"
	"encoding/json"
	"net/http"
	"path"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// problem is an error, of the whole request or of one post or user in it.
// Wire format: https://docs.x.com/x-api/fundamentals/response-codes-and-errors
type problem struct {
	// Type is an address. Its host has changed, and its last part has not.
	Type  string `json:"type"`
	Title string `json:"title"`
	// ResourceType and ResourceID name what an error in a list is about. Value is the id as it was asked for.
	ResourceType string `json:"resource_type"`
	ResourceID   string `json:"resource_id"`
	Value        string `json:"value"`
	// Period is that of a cap which is used up, such as "Monthly".
	Period string `json:"period"`
}

const (
	notFound        = "resource-not-found"
	notAuthorized   = "not-authorized-for-resource"
	disallowed      = "disallowed-resource"
	usageCapped     = "usage-capped"
	titleForbidden  = "Forbidden"
	titleUsageCap   = "UsageCapExceeded"
	capWaitDefault  = 24 * time.Hour
	resetHeader     = "x-rate-limit-reset"
	appDayReset     = "x-app-limit-24hour-reset"
	userDayReset    = "x-user-limit-24hour-reset"
	problemsUnnamed = "about:blank"
)

func readProblem(raw json.RawMessage) problem {
	var each problem
	if json.Unmarshal(raw, &each) != nil {
		return problem{}
	}
	return each
}

func isOfPost(raw json.RawMessage) bool { return readProblem(raw).isOf("tweet") }

func (p problem) isOf(resourceType string) bool {
	return p.ResourceType == resourceType && p.resource() != ""
}

func (p problem) resource() string { return cmp.Or(p.ResourceID, p.Value) }

// kind is the last part of the problem's type, or "" for a problem without one.
func (p problem) kind() string {
	if p.Type == "" || p.Type == problemsUnnamed {
		return ""
	}
	return path.Base(p.Type)
}

// reason returns why a post or user is not shown. The API says "forbidden" of what a suspended account has
// posted, and "not authorized" of what a protected account shows to its followers only.
func (p problem) reason() string {
	switch kind := p.kind(); {
	case p.Title == titleForbidden, kind == disallowed:
		return views.Removed
	case kind == notFound:
		return views.NotFound
	case kind == notAuthorized:
		return views.Private
	}
	return views.Unreadable
}

// faultOf classifies an error answer. X names the time of a reset, and no Retry-After. A cap of a day or month has
// the status of a rate limit as well, and its reset is often not named.
func faultOf(answer providers.Answer, now time.Time) error {
	var whole problem
	// A body without a problem, such as a proxy's, says nothing: the status decides.
	_ = providers.Decode(answer.Body, &whole)
	if whole.kind() == usageCapped || whole.Title == titleUsageCap {
		wait := max(providers.WaitForReset(answer.Header.Get(appDayReset), now), providers.WaitForReset(answer.Header.Get(userDayReset), now))
		return fault.New(fault.RateLimited, "provider_quota_exceeded", "the posts that the plan of X may read are used up for now: raise its cap, or wait until it is renewed").
			After(cmp.Or(wait, capWaitDefault))
	}
	classified := providers.FaultOfStatus(name, answer, whole.kind(), now)
	if wait := providers.WaitForReset(answer.Header.Get(resetHeader), now); answer.Status == http.StatusTooManyRequests && wait > 0 {
		return classified.After(wait)
	}
	return classified
}
