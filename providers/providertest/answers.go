package providertest

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// publishOne publishes a clip and returns its id with what a client reads of it.
func (f *fixture) publishOne(t *testing.T) (id string, plain views.Reading) {
	t.Helper()
	id = ExternalID(f.platform, 1)
	require.NoError(t, f.simulator.Clips.Put(clipOf(f.platform, id, authorID(f.platform))))
	batch, err := f.fetchRewritten(t, id, nil)
	require.NoError(t, err)
	return id, batch.Readings[id]
}

// requireSame compares readings of different times.
func requireSame(t *testing.T, want, got views.Reading) {
	t.Helper()
	got.ObservedAt = want.ObservedAt
	require.Equal(t, want, got)
}

func readsNumberForms(t *testing.T, f *fixture) {
	id, plain := f.publishOne(t)
	names := f.Counters[f.platform]
	for _, form := range []func(text string) string{
		func(text string) string { return text },
		strconv.Quote,
		func(text string) string { return text + ".0" },
		func(text string) string { return strconv.Quote(text + ".000") },
		exponential,
		func(text string) string { return strconv.Quote(exponential(text)) },
	} {
		batch, err := f.fetchRewritten(t, id, setting(t, func(value any) string { return form(fmt.Sprint(value)) }, names.Views, names.Likes, names.Comments))

		require.NoError(t, err)
		require.Empty(t, batch.Missing, form("1234"))
		requireSame(t, plain, batch.Readings[id])
	}
}

// exponential writes a whole number as some programs write a large float, 1.234e+03.
func exponential(text string) string {
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return strconv.FormatFloat(number, 'e', -1, 64)
}

func keepsViewsBesideForms(t *testing.T, f *fixture) {
	id, plain := f.publishOne(t)
	names := f.Counters[f.platform]
	for _, bad := range []string{`"12K"`, `-1`, `"-1"`, `null`, "", `{}`, `[]`, `true`, `1.5`, `""`, `1e30`, `"many"`} {
		batch, err := f.fetchRewritten(t, id, setting(t, func(any) string { return bad }, names.Likes, names.Comments))

		require.NoError(t, err)
		require.Empty(t, batch.Missing, bad)
		require.Equal(t, plain.Views, batch.Readings[id].Views)
		require.Zero(t, batch.Readings[id].Likes)
		require.Zero(t, batch.Readings[id].Comments)
	}
}

func refusesViewsForms(t *testing.T, f *fixture) {
	id, _ := f.publishOne(t)
	for _, bad := range []string{`"12K"`, `-2`, `{}`, `[]`, `true`, `9.5`, `""`, `"1,234"`, `1e13`, `1e99`, `1e999`, `99999999999999999999`, `"9223372036854775807"`} {
		batch, err := f.fetchRewritten(t, id, setting(t, func(any) string { return bad }, f.Counters[f.platform].Views))

		require.NoError(t, err)
		require.Equal(t, map[string]string{id: views.Unreadable}, batch.Missing, bad)
	}
}

func readsByteOrderMark(t *testing.T, f *fixture) {
	id, plain := f.publishOne(t)
	marked := func(body []byte) []byte { return append([]byte("\ufeff"), body...) }

	batch, err := f.fetchRewritten(t, id, marked)

	require.NoError(t, err)
	requireSame(t, plain, batch.Readings[id])

	f.putProfile(t, profileText)
	profile, err := f.client(t, providers.Config{Transport: &rewriting{rewrite: marked}}).ReadProfile(t.Context(), f.platform, reportedAuthor(f.platform))
	require.NoError(t, err)
	require.Equal(t, profileText, profile.Text)
}

func refusesBrokenAnswers(t *testing.T, f *fixture) {
	id, _ := f.publishOne(t)
	for name, rewrite := range map[string]func([]byte) []byte{
		"empty":          always(nil),
		"a page":         always([]byte("<!doctype html><title>Sign in</title>")),
		"an error":       always([]byte(`{"error":{"code":1,"message":"something went wrong"}}`)),
		"a message":      always([]byte(`{"message":"something went wrong"}`)),
		"other errors":   always([]byte(`{"errors":[{"message":"something went wrong"}]}`)),
		"cut off":        func(body []byte) []byte { return body[:len(body)/2] },
		"cut at the end": func(body []byte) []byte { return body[:len(body)-2] },
		"twice":          func(body []byte) []byte { return append(body, body...) },
	} {
		batch, err := f.fetchRewritten(t, id, rewrite)

		require.Equal(t, fault.Unavailable, fault.KindOf(err), name)
		require.Empty(t, batch.Readings, name)
		require.Empty(t, batch.Missing, name)
	}
}

// takesRightItem is about answers that are lists. A provider that is asked for one clip at a time answers with one.
func takesRightItem(t *testing.T, f *fixture) {
	id, plain := f.publishOne(t)
	if f.client(t, providers.Config{}).MaxBatch(f.platform) == 1 {
		return
	}
	own := clipOf(f.platform, id, authorID(f.platform))
	ownAnswer := f.answerAbout(t, id, own)
	fewer, copied, other := own, own, clipOf(f.platform, ExternalID(f.platform, 2), anotherAuthor(f.platform))
	smaller := *own.Curve.Parametric
	smaller.LifetimeViews /= 2
	fewer.Curve.Parametric, copied.AuthorID = &smaller, anotherAuthor(f.platform)
	nonsense := setting(t, func(any) string { return `"12K"` }, f.Counters[f.platform].Views)

	for name, second := range map[string][]byte{
		"the same once more": ownAnswer,
		"fewer views":        f.answerAbout(t, id, fewer),
		"views of nonsense":  nonsense(ownAnswer),
		"not found":          f.answerAbout(t, id),
		"another clip":       f.answerAbout(t, other.ExternalID, other),
	} {
		for _, answer := range [][]byte{merged(t, ownAnswer, second), merged(t, second, ownAnswer)} {
			batch, err := f.fetchRewritten(t, id, always(answer))

			require.NoError(t, err, name)
			require.Empty(t, batch.Missing, name)
			got := batch.Readings[id]
			require.Equal(t, name == "fewer views", got.DiffersBy > 0, name)
			got.DiffersBy = 0
			requireSame(t, plain, got)
		}
	}

	copiedAnswer := f.answerAbout(t, id, copied)
	for _, answer := range [][]byte{merged(t, ownAnswer, copiedAnswer), merged(t, copiedAnswer, ownAnswer)} {
		batch, err := f.fetchRewritten(t, id, always(answer))

		require.NoError(t, err)
		require.Equal(t, map[string]string{id: views.Unreadable}, batch.Missing, "one of two authors is wrong")
	}
}

func takesNoOtherClip(t *testing.T, f *fixture) {
	id, _ := f.publishOne(t)
	other := clipOf(f.platform, ExternalID(f.platform, 2), anotherAuthor(f.platform))

	batch, err := f.fetchRewritten(t, id, always(f.answerAbout(t, other.ExternalID, other)))

	require.NoError(t, err)
	require.Empty(t, batch.Readings)
	require.Len(t, batch.Missing, 1)
	require.Contains(t, []string{views.Unreadable, f.SilenceMeans}, batch.Missing[id])
}
