package providertest

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/providers"
)

// Counters are the names of the counters in a provider's answer.
type Counters struct{ Views, Likes, Comments string }

// rewriting is a transport that changes what the simulator answers. The suite plays answers with it that no simulator
// has to know.
type rewriting struct {
	rewrite func(body []byte) []byte
	// seen is the latest answer of the simulator, before it was changed.
	seen []byte
}

func (r *rewriting) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	r.seen, err = io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if err := response.Body.Close(); err != nil {
		return nil, err
	}
	body := r.seen
	if r.rewrite != nil {
		body = r.rewrite(body)
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	response.Header.Del("Content-Length")
	return response, nil
}

// fetchRewritten reads one clip, with the answer changed.
func (f *fixture) fetchRewritten(t *testing.T, id string, rewrite func([]byte) []byte) (providers.Batch, error) {
	t.Helper()
	client := f.client(t, providers.Config{Transport: &rewriting{rewrite: rewrite}})
	return client.Fetch(t.Context(), f.platform, []string{id})
}

// answerAbout returns how a simulator with these clips answers when it is asked for the first of them.
func (f *fixture) answerAbout(t *testing.T, id string, clips ...catalog.Clip) []byte {
	t.Helper()
	other := newFixture(t, f.Subject, f.platform)
	for _, each := range clips {
		require.NoError(t, other.simulator.Clips.Put(each))
	}
	recording := &rewriting{}
	_, err := other.client(t, providers.Config{Transport: recording}).Fetch(t.Context(), f.platform, []string{id})
	require.NoError(t, err)
	return recording.seen
}

// profileOf returns how a simulator answers about the profile of an author.
func (f *fixture) profileOf(t *testing.T, profile catalog.Profile) []byte {
	t.Helper()
	other := newFixture(t, f.Subject, f.platform)
	require.NoError(t, other.simulator.Clips.PutProfile(profile))
	recording := &rewriting{}
	_, err := other.client(t, providers.Config{Transport: recording}).ReadProfile(t.Context(), f.platform, profile.AuthorID)
	require.NoError(t, err)
	return recording.seen
}

// always answers with the body.
func always(body []byte) func([]byte) []byte { return func([]byte) []byte { return body } }

// setting returns a rewrite that gives named values of an answer another form. An empty form removes them.
func setting(t *testing.T, form func(value any) string, names ...string) func([]byte) []byte {
	return func(body []byte) []byte {
		changed := 0
		rewritten := walk(decoded(t, body), func(name string, value any) (any, bool) {
			if !slices.Contains(names, name) {
				return value, true
			}
			changed++
			text := form(value)
			return json.RawMessage(text), text != ""
		})
		require.Positive(t, changed, "the answer has none of %v", names)
		return encoded(t, rewritten)
	}
}

// walk replaces the values of objects, however deep.
func walk(value any, replace func(name string, value any) (any, bool)) any {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			replaced, keep := replace(name, value[name])
			if !keep {
				delete(value, name)
				continue
			}
			value[name] = walk(replaced, replace)
		}
	case []any:
		for i := range value {
			value[i] = walk(value[i], replace)
		}
	}
	return value
}

// merged returns an answer that has the items of both.
func merged(t *testing.T, one, other []byte) []byte {
	t.Helper()
	return encoded(t, merge(decoded(t, one), decoded(t, other)))
}

// merge joins lists, however deep. Of single values it keeps the first.
func merge(one, other any) any {
	switch one := one.(type) {
	case []any:
		if other, ok := other.([]any); ok {
			return append(slices.Clone(one), other...)
		}
	case map[string]any:
		if other, ok := other.(map[string]any); ok {
			both := maps.Clone(one)
			for name, value := range other {
				if own, found := one[name]; found {
					value = merge(own, value)
				}
				both[name] = value
			}
			return both
		}
	}
	return one
}

func decoded(t *testing.T, body []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	require.NoError(t, decoder.Decode(&value))
	return value
}

func encoded(t *testing.T, value any) []byte {
	t.Helper()
	body, err := json.Marshal(value)
	require.NoError(t, err)
	return body
}
