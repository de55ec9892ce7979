package views

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestProofOfAbsence(t *testing.T) {
	t.Parallel()

	prove := func(proof Proof, confirmed bool) (took time.Duration, looks int) {
		begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		now, absence := begin, Absence{}
		for {
			absence = proof.Look(absence, now, confirmed)
			if proof.Gone(absence, now) {
				return now.Sub(begin), absence.Looks
			}
			now = now.Add(proof.NextLook(absence, now))
		}
	}

	for name, tc := range map[string]struct {
		proof     Proof
		confirmed bool
		took      time.Duration
		looks     int
	}{
		"by two providers takes a day":                     {DefaultSchedule().Absence(), true, 24 * time.Hour, 9},
		"by one provider takes two days":                   {DefaultSchedule().Absence(), false, 48 * time.Hour, 13},
		"of a new post by two providers takes six hours":   {DefaultSchedule().NeverSeen(), true, 6 * time.Hour, 9},
		"of a new post by one provider takes twelve hours": {DefaultSchedule().NeverSeen(), false, 12 * time.Hour, 13},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			took, looks := prove(tc.proof, tc.confirmed)

			require.Equal(t, tc.took, took)
			require.Equal(t, tc.looks, looks)
		})
	}

	t.Run("waits longer each time", func(t *testing.T) {
		t.Parallel()
		proof, at, absence := DefaultSchedule().Absence(), time.Unix(0, 0), Absence{}
		var waits []time.Duration
		for range 6 {
			absence = proof.Look(absence, at, true)
			waits = append(waits, proof.NextLook(absence, at))
			at = at.Add(waits[len(waits)-1])
		}

		require.Equal(t, []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour}, waits)
	})
}

func TestTimeWithoutLooksProvesNothing(t *testing.T) {
	t.Parallel()

	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		proof Proof
		gap   time.Duration
		gone  bool
	}{
		"a day and a half without an answer":           {DefaultSchedule().Absence(), 36 * time.Hour, false},
		"days in review":                               {DefaultSchedule().Absence(), 5 * 24 * time.Hour, false},
		"days in review without a counter":             {DefaultSchedule().Uncounted(false), 6 * 24 * time.Hour, false},
		"a look that is late, of a post that is gone":  {DefaultSchedule().Absence(), 12 * time.Hour, true},
		"a look as late as one of an approved clip is": {DefaultSchedule().Uncounted(false), 72 * time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proof, now, absence := tc.proof, begin, Absence{}
			for absence.Looks < absenceLooksMin-1 || absence.LastAt.Before(begin.Add(proof.Over-tc.gap)) {
				absence = proof.Look(absence, now, true)
				now = now.Add(proof.NextLook(absence, now))
			}
			now = absence.LastAt.Add(tc.gap)

			absence = proof.Look(absence, now, true)

			require.Equal(t, tc.gone, proof.Gone(absence, now))
			if !tc.gone {
				require.Equal(t, Absence{Since: now, LastAt: now, Looks: 1, Confirmed: true}, absence)
			}
		})
	}
}

// However the looks are spread, and whether or not a second provider answers: a post that was found at
// any time in the last day is not gone, and every proof comes to an end.
func TestProofOfAbsenceTakesTime(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		proof := Proof{Over: time.Duration(rapid.Int64Range(1, int64(48*time.Hour)).Draw(t, "over"))}
		begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		now, absence := begin, Absence{}
		for range 200 {
			absence = proof.Look(absence, now, rapid.Bool().Draw(t, "confirmed"))
			if proof.Gone(absence, now) {
				require.GreaterOrEqual(t, now.Sub(begin), proof.Over)
				require.GreaterOrEqual(t, absence.Looks, absenceLooksMin)
				return
			}
			wait := proof.NextLook(absence, now)
			require.Positive(t, wait)
			now = now.Add(wait + time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "late")))
		}
		t.Fatal("the proof does not end")
	})
}
