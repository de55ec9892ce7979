package providertest

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

const profileText = "Clips & more.\ncreditroll-23456789ab \U0001F3AC"

func (f *fixture) putProfile(t *testing.T, text string) {
	t.Helper()
	require.NoError(t, f.simulator.Clips.PutProfile(catalog.Profile{Platform: string(f.platform), AuthorID: authorID(f.platform), Text: text}))
}

func (f *fixture) readProfile(t *testing.T) (providers.Profile, error) {
	t.Helper()
	return f.client(t, providers.Config{}).ReadProfile(t.Context(), f.platform, reportedAuthor(f.platform))
}

func readsCaption(t *testing.T, f *fixture) {
	id := ExternalID(f.platform, 1)
	curve := curves.Generated(string(f.platform), id)
	require.NoError(t, f.simulator.Clips.Put(catalog.Clip{
		Platform: string(f.platform), ExternalID: id, AuthorID: authorID(f.platform), PublishedAt: time.Now().Add(-time.Hour), Caption: profileText,
		Curve: curves.Spec{Parametric: &curve},
	}))

	batch, err := f.client(t, providers.Config{}).Fetch(t.Context(), f.platform, []string{id})

	require.NoError(t, err)
	require.Equal(t, profileText, batch.Readings[id].Caption)
}

func readsProfile(t *testing.T, f *fixture) {
	f.putProfile(t, profileText)

	profile, err := f.readProfile(t)

	require.NoError(t, err)
	require.Equal(t, profileText, profile.Text)
	require.Equal(t, reportedAuthor(f.platform), profile.AuthorID)
	require.Empty(t, profile.Missing)
}

func readsEmptyProfile(t *testing.T, f *fixture) {
	f.putProfile(t, "")

	profile, err := f.readProfile(t)

	require.NoError(t, err)
	require.Empty(t, profile.Text)
	require.Empty(t, profile.Missing)
}

func reportsMissingProfile(t *testing.T, f *fixture) {
	profile, err := f.readProfile(t)

	require.NoError(t, err)
	require.Equal(t, f.absence(), profile.Missing)
}

func readsStaleProfile(t *testing.T, f *fixture) {
	f.putProfile(t, "before")
	f.putProfile(t, profileText)
	f.script(t, faults.Rule{Action: faults.Refuse, Inside: true, Code: "stale_profile"})

	profile, err := f.readProfile(t)

	require.NoError(t, err)
	require.Equal(t, "before", profile.Text)
}

func readsNoForeignProfile(t *testing.T, f *fixture) {
	for _, body := range []string{
		`[{"authorMeta":{"name":"another","signature":"stolen"},"username":"another","biography":"stolen"}]`,
		`{"items":[{"id":"UCanother_channel_000000","snippet":{"description":"stolen"}}],"pageInfo":{"totalResults":1}}`,
	} {
		f.script(t, faults.Rule{Action: faults.Refuse, Status: http.StatusOK, Body: body})

		profile, err := f.readProfile(t)

		if err == nil {
			require.Equal(t, views.Unreadable, profile.Missing)
		}
		require.Empty(t, profile.Text)
	}

	f.putProfile(t, profileText)
	another := f.profileOf(t, catalog.Profile{Platform: string(f.platform), AuthorID: anotherAuthor(f.platform), Text: "stolen"})
	profile, err := f.client(t, providers.Config{Transport: &rewriting{rewrite: always(another)}}).ReadProfile(t.Context(), f.platform, reportedAuthor(f.platform))
	require.NoError(t, err)
	require.Equal(t, views.Unreadable, profile.Missing)
	require.Empty(t, profile.Text)
}

func refusesBadProfiles(t *testing.T, f *fixture) {
	client := f.client(t, providers.Config{})
	for _, author := range []string{"", "../../etc", "a b", "@" + reportedAuthor(f.platform)} {
		_, err := client.ReadProfile(t.Context(), f.platform, author)
		require.Equal(t, fault.Invalid, fault.KindOf(err), author)
	}
	for _, other := range append(clip.Platforms(), "myspace") {
		if client.MaxBatch(other) == 0 {
			_, err := client.ReadProfile(t.Context(), other, "someone")
			require.Equal(t, fault.Invalid, fault.KindOf(err))
		}
	}
}

func classifiesProfiles(t *testing.T, f *fixture) {
	f.putProfile(t, profileText)
	for _, expected := range []struct {
		answer faults.Rule
		kind   fault.Kind
	}{
		{faults.Rule{Status: http.StatusUnauthorized}, fault.Denied},
		{faults.Rule{Status: http.StatusRequestTimeout}, fault.Unavailable},
		{faults.Rule{Status: http.StatusTooManyRequests}, fault.RateLimited},
		{faults.Rule{Status: http.StatusBadGateway, Body: "<html>bad gateway</html>"}, fault.Unavailable},
		{faults.Rule{Status: http.StatusOK, Body: "<html>login</html>"}, fault.Unavailable},
		{faults.Rule{Status: http.StatusOK, Body: "{}"}, fault.Unavailable},
		{faults.Rule{Status: http.StatusOK, Body: "null"}, fault.Unavailable},
	} {
		expected.answer.Action = faults.Refuse
		f.script(t, expected.answer)

		profile, err := f.readProfile(t)

		require.Equal(t, expected.kind, fault.KindOf(err), "%v: %v", expected.answer, err)
		require.Empty(t, profile.Text)
	}
}

func leaksNothingOfProfiles(t *testing.T, f *fixture) {
	for _, rule := range []faults.Rule{
		{Action: faults.ResetBefore},
		redirectTo("http://other.invalid/?key=" + Credential),
		{Action: faults.Refuse, Status: http.StatusOK, Body: "token " + Credential},
		{Action: faults.Refuse, Status: http.StatusForbidden, Body: `{"error":{"type":"` + Credential + `","errors":[{"reason":"` + Credential + `"}]}}`},
	} {
		f.script(t, rule)

		_, err := f.readProfile(t)

		requireNoCredential(t, err)
	}
}
