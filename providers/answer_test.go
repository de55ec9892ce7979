package providers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

func TestAnswers(t *testing.T) {
	t.Parallel()
	reading := func(author string, viewed int64) views.Reading {
		return views.Reading{ExternalID: "a", AuthorID: author, Views: viewed}
	}
	together := reading("ann", 7)
	together.OtherAuthors = []string{"bob"}

	for name, test := range map[string]struct {
		fill    func(*providers.Answers)
		views   int64
		differs int64
		missing string
	}{
		"has the silence for a clip that is left out":         {func(*providers.Answers) {}, 0, 0, views.NotFound},
		"doubts the absence of a clip next to an unnamed one": {func(a *providers.Answers) { a.Doubt() }, 0, 0, views.Unreadable},
		"keeps a reason next to an unnamed clip":              {func(a *providers.Answers) { a.Miss("a", views.Private); a.Doubt() }, 0, 0, views.Private},
		"prefers a reading to a reason":                       {func(a *providers.Answers) { a.Read(reading("ann", 5)); a.Miss("a", views.NotFound) }, 5, 0, ""},
		"prefers the highest of an author's counts":           {func(a *providers.Answers) { a.Read(reading("ann", 5)); a.Read(reading("ann", 0)) }, 5, 5, ""},
		"tells how far an author's counts differ": {func(a *providers.Answers) {
			a.Read(reading("ann", 5))
			a.Read(reading("ann", 9))
			a.Read(reading("ann", 7))
		}, 9, 4, ""},
		"takes no reading of two authors":                        {func(a *providers.Answers) { a.Read(reading("ann", 5)); a.Read(reading("bob", 9)) }, 0, 0, views.Unreadable},
		"takes a reading of authors who have published together": {func(a *providers.Answers) { a.Read(together); a.Read(reading("bob", 9)) }, 9, 2, ""},
		"keeps a reason that is said twice":                      {func(a *providers.Answers) { a.Miss("a", views.Private); a.Miss("a", views.Private) }, 0, 0, views.Private},
		"believes none of two reasons":                           {func(a *providers.Answers) { a.Miss("a", views.Private); a.Miss("a", string(clip.Photo)) }, 0, 0, views.Unreadable},
		"drops a clip that was not asked for":                    {func(a *providers.Answers) { a.Read(views.Reading{ExternalID: "b"}); a.Miss("c", views.Private) }, 0, 0, views.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := providers.NewAnswers([]string{"a"}, views.NotFound)

			test.fill(answers)
			batch := answers.Batch()

			require.Len(t, batch.Readings, 1-len(batch.Missing))
			require.Equal(t, test.missing, batch.Missing["a"])
			require.Equal(t, test.views, batch.Readings["a"].Views)
			require.Equal(t, test.differs, batch.Readings["a"].DiffersBy)
		})
	}
}
