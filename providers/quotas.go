package providers

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the day of a quota must begin at the right time on machines without a zone database

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// Quota is a count of requests to a provider that all workers share. A request is sent only if each quota that it
// uses has units left. If the provider answers that there were too many, its quotas are blocked until they reset.
type Quota struct {
	// Name is the quota's name in settings and in the API, such as "posts".
	Name string
	// Platforms are those whose requests use it; none means all.
	Platforms []clip.Platform
	// PostUnits and ProfileUnits are what one request for posts, or for a profile, uses.
	PostUnits, ProfileUnits int64
	// Limits are those of the provider's usual plan. The zero Limits bound nothing, so that only the provider blocks it.
	Limits views.Limits
}

// Counter counts requests for all workers; clips.Store is one.
type Counter interface {
	// TakeQuota takes the units of one request from all of its quotas, or from none.
	TakeQuota(ctx context.Context, provider string, uses []views.QuotaUse, now time.Time) (views.QuotaRefusal, error)
	// BlockQuota lets no worker use the quotas before a time. An earlier time changes nothing.
	BlockQuota(ctx context.Context, provider string, uses []views.QuotaUse, until time.Time) error
}

// requestsQuota is the quota of providers that declare none.
const requestsQuota = "requests"

// AllQuotas returns the quotas of a provider, at least one.
func (r Registration) AllQuotas() []Quota {
	if len(r.Quotas) == 0 {
		return []Quota{{Name: requestsQuota, PostUnits: 1, ProfileUnits: 1}}
	}
	return slices.Clone(r.Quotas)
}

type callKind int

const (
	callPosts callKind = iota
	callProfile
)

// usesOf returns what a request uses.
func usesOf(quotas []Quota, platform clip.Platform, kind callKind) []views.QuotaUse {
	var uses []views.QuotaUse
	for _, each := range quotas {
		units := each.PostUnits
		if kind == callProfile {
			units = each.ProfileUnits
		}
		if units > 0 && (len(each.Platforms) == 0 || slices.Contains(each.Platforms, platform)) {
			uses = append(uses, views.QuotaUse{Name: each.Name, Limits: each.Limits, Units: units})
		}
	}
	return uses
}

// Quotas returns the quotas of the registered providers, by name. A setting such as "youtube=50000/d,x/posts=1000/15m"
// changes limits: it names a provider, a quota if the provider has several, the units, and a time or "d" for the
// day of the provider. It returns fault.Invalid "invalid_quota" for one that names what does not exist.
func Quotas(registered []Registration, setting string) (map[string][]Quota, error) {
	all := map[string][]Quota{}
	for _, each := range registered {
		all[each.Name] = each.AllQuotas()
	}
	for part := range strings.SplitSeq(setting, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		named, limit, found := strings.Cut(part, "=")
		if !found {
			return nil, invalidf("invalid_quota", "%.60q is not in the form provider=units/time, such as youtube=50000/d", part)
		}
		quota, err := findQuota(all, strings.TrimSpace(named))
		if err != nil {
			return nil, err
		}
		if err := quota.set(strings.TrimSpace(limit)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func findQuota(all map[string][]Quota, named string) (*Quota, error) {
	provider, name, hasName := strings.Cut(named, "/")
	quotas, ok := all[provider]
	if !ok {
		return nil, invalidf("invalid_quota", "there is no provider %.40q", provider)
	}
	at := slices.IndexFunc(quotas, func(each Quota) bool { return each.Name == name })
	if !hasName && len(quotas) == 1 {
		at = 0
	}
	if at < 0 {
		var names []string
		for _, each := range quotas {
			names = append(names, provider+"/"+each.Name)
		}
		return nil, invalidf("invalid_quota", "%.60q names no quota: use %s", named, strings.Join(names, ", "))
	}
	return &quotas[at], nil
}

// Validate returns fault.Invalid for a quota that no request could use, or that bounds nothing that it says.
func (q Quota) Validate() error {
	if err := q.Limits.Validate(); err != nil {
		return err
	}
	units := max(q.PostUnits, q.ProfileUnits)
	switch {
	case q.Name == "", units < 1, q.PostUnits < 0, q.ProfileUnits < 0:
		return invalidf("invalid_quota", "the quota %q has no name, or no request uses it", q.Name)
	case q.Limits.Rate.Units > 0 && units > q.Limits.Rate.Burst(), q.Limits.Day.Units > 0 && units > q.Limits.Day.Units:
		return invalidf("invalid_quota", "one request uses %d units, which the quota %s never has at once", units, q.Name)
	}
	return nil
}

// set changes the rate, or the units of a day.
func (q *Quota) set(limit string) error {
	count, per, _ := strings.Cut(limit, "/")
	units, err := strconv.ParseInt(count, 10, 64)
	if err != nil || units < 1 {
		return invalidf("invalid_quota", "%.40q is not in the form units/time, such as 50000/d or 1000/15m", limit)
	}
	if per == "d" {
		q.Limits.Day.Units = units
		return q.Validate()
	}
	if days, isDays := strings.CutSuffix(per, "d"); isDays {
		whole, err := strconv.ParseInt(days, 10, 16)
		if err != nil {
			return invalidf("invalid_quota", "%.40q is not in the form units/time, such as 50000/d or 1000/15m", limit)
		}
		q.Limits.Rate = views.Rate{Units: units, Per: time.Duration(whole) * 24 * time.Hour}
		return q.Validate()
	}
	parsed, err := time.ParseDuration(per)
	if err != nil {
		return invalidf("invalid_quota", "%.40q is not in the form units/time, such as 50000/d or 1000/15m", limit)
	}
	q.Limits.Rate = views.Rate{Units: units, Per: parsed}
	return q.Validate()
}

// refusal returns the fault of a request that is refused for so long.
func refusal(provider string, blocked bool, wait time.Duration) error {
	if blocked {
		return fault.New(fault.RateLimited, views.ProviderLimited, "%s has refused requests because there were too many: it is asked again when they are allowed", provider).After(wait)
	}
	return fault.New(fault.RateLimited, views.QuotaExhausted, "the requests that %s may be sent now are used up: it is asked again when there are more", provider).After(wait)
}
