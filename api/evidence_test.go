package api_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/blobs"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/evidence"
	"github.com/creditroll/creditroll/domain/fault"
)

const screenshot = "\x89PNG\r\n\x1a\nthe pixels"

// withClip is a world with a submitted clip.
func withClip(t *testing.T, changes ...func(*api.Config)) (w *world, clipID string) {
	t.Helper()
	w = setup(t, changes...)
	return w, w.submit(t, w.joined(t), tiktokPost).JSON201.Id
}

func (w *world) upload(t *testing.T, who access.Principal, clipID, contentType, content string, headers header) answer {
	t.Helper()
	all := header{"Content-Type": contentType}
	for name, value := range headers {
		all[name] = value
	}
	return w.send(t, who, "POST", path("/clips/%s/evidence/files", clipID), content, all)
}

func (w *world) evidence(t *testing.T, who access.Principal, clipID string) []client.Evidence {
	t.Helper()
	listed, err := w.as(t, who).ListEvidenceWithResponse(t.Context(), clipID)
	require.NoError(t, err)
	require.Equal(t, 200, listed.StatusCode(), string(listed.Body))
	return listed.JSON200.Items
}

func TestEvidence(t *testing.T) {
	t.Parallel()

	t.Run("is added by the creator and by a reviewer, and both read it", func(t *testing.T) {
		t.Parallel()
		w, clipID := withClip(t)
		added := w.upload(t, w.creatorUser(), clipID, "image/png", screenshot, nil)
		require.Equal(t, 201, added.status, string(added.body))
		linked, err := w.as(t, w.reviewer()).AddEvidenceLinkWithResponse(t.Context(), clipID, nil, client.NewEvidenceLink{Url: "https://example.test/proof"})
		require.NoError(t, err)
		require.Equal(t, 201, linked.StatusCode(), string(linked.Body))

		for _, who := range []access.Principal{w.creatorUser(), w.reviewer()} {
			pieces := w.evidence(t, who, clipID)
			require.Len(t, pieces, 2)
			require.Equal(t, "image/png", *pieces[0].ContentType)
			require.EqualValues(t, len(screenshot), *pieces[0].SizeBytes)
			require.Equal(t, "https://example.test/proof", *pieces[1].Url)
			require.Equal(t, w.reviewer().UserID, pieces[1].AddedBy)
			file := w.send(t, who, "GET", path("/clips/%s/evidence/%s/file", clipID, pieces[0].Id), "", nil)
			require.Equal(t, 200, file.status)
			require.Equal(t, screenshot, string(file.body))
			require.Equal(t, "image/png", file.header.Get("Content-Type"))
			require.Equal(t, `attachment; filename="evidence-`+pieces[0].Id+`.png"`, file.header.Get("Content-Disposition"))
			require.Equal(t, "nosniff", file.header.Get("X-Content-Type-Options"))
			require.Contains(t, file.header.Get("Cache-Control"), "private")
		}
	})

	t.Run("is seen by no one else", func(t *testing.T) {
		t.Parallel()
		w, clipID := withClip(t)
		require.Equal(t, 201, w.upload(t, w.creatorUser(), clipID, "image/png", screenshot, nil).status)
		id := w.evidence(t, w.creatorUser(), clipID)[0].Id
		stranger := creatorUser(w.creator(t))

		for _, who := range []access.Principal{w.admin(), w.brand(), w.foreignBrand(), w.finance(), stranger} {
			for _, address := range []string{path("/clips/%s/evidence", clipID), path("/clips/%s/evidence/%s/file", clipID, id)} {
				got := w.send(t, who, "GET", address, "", nil)
				require.Contains(t, []int{403, 404}, got.status, "%s %s", who.UserID, address)
				require.NotContains(t, string(got.body), "pixels")
			}
			require.Contains(t, []int{403, 404}, w.upload(t, who, clipID, "image/png", screenshot, nil).status, who.UserID)
		}
	})

	t.Run("of one clip is not read through another", func(t *testing.T) {
		t.Parallel()
		w, clipID := withClip(t)
		require.Equal(t, 201, w.upload(t, w.creatorUser(), clipID, "image/png", screenshot, nil).status)
		id := w.evidence(t, w.creatorUser(), clipID)[0].Id
		clip, err := w.store.Clips.Get(t.Context(), clipID)
		require.NoError(t, err)
		other := w.submit(t, clip.CampaignID, "https://www.tiktok.com/@a/video/2").JSON201.Id

		w.send(t, w.creatorUser(), "GET", path("/clips/%s/evidence/%s/file", other, id), "", nil).requireProblem(t, 404, "evidence_not_found")
		require.Empty(t, w.evidence(t, w.creatorUser(), other))
	})

	t.Run("is added once by a repeated request", func(t *testing.T) {
		t.Parallel()
		w, clipID := withClip(t)
		key := header{"Idempotency-Key": "proof"}

		first := w.upload(t, w.creatorUser(), clipID, "image/png", screenshot, key)
		again := w.upload(t, w.creatorUser(), clipID, "image/png", screenshot, key)
		other := w.upload(t, w.creatorUser(), clipID, "image/png", screenshot+"!", key)

		require.Equal(t, 201, first.status)
		require.Equal(t, string(first.body), string(again.body))
		require.Equal(t, 409, other.status)
		require.Len(t, w.evidence(t, w.creatorUser(), clipID), 1)
	})

	t.Run("is limited for each clip", func(t *testing.T) {
		t.Parallel()
		w, clipID := withClip(t)
		for range evidence.PerClipMax {
			require.Equal(t, 201, w.send(t, w.creatorUser(), "POST", path("/clips/%s/evidence/links", clipID), `{"url":"https://example.test"}`, nil).status)
		}

		w.upload(t, w.creatorUser(), clipID, "image/png", screenshot, nil).requireProblem(t, 409, "evidence_too_much")
	})

	t.Run("has to be what it is declared as", func(t *testing.T) {
		t.Parallel()
		w, clipID := withClip(t)
		for _, refused := range []struct {
			contentType, content string
			status               int
			code                 string
		}{
			{"image/png", "<html>", 400, "evidence_type_differs"},
			{"text/html", "<html>", 400, "evidence_type_unknown"},
			{"application/json", `{}`, 400, "evidence_type_unknown"},
			{"image/png", "", 400, "evidence_empty"},
			{"image/png", screenshot + strings.Repeat("x", evidence.SizeMax), 413, "body_too_large"},
		} {
			got := w.upload(t, w.creatorUser(), clipID, refused.contentType, refused.content, nil)
			got.requireProblem(t, refused.status, refused.code)
		}
		w.send(t, w.creatorUser(), "POST", path("/clips/%s/evidence/links", clipID), `{"url":"javascript:alert(1)"}`, nil).requireProblem(t, 400, "evidence_link_malformed")
		require.Empty(t, w.evidence(t, w.creatorUser(), clipID))
	})

	t.Run("can be as large as the limit", func(t *testing.T) {
		t.Parallel()
		w, clipID := withClip(t)
		got := w.upload(t, w.creatorUser(), clipID, "image/png", screenshot+strings.Repeat("x", evidence.SizeMax-len(screenshot)), nil)
		require.Equal(t, 201, got.status, string(got.body))
	})

	t.Run("that is a link has no file", func(t *testing.T) {
		t.Parallel()
		w, clipID := withClip(t)
		w.send(t, w.creatorUser(), "POST", path("/clips/%s/evidence/links", clipID), `{"url":"https://example.test"}`, nil)
		id := w.evidence(t, w.creatorUser(), clipID)[0].Id

		w.send(t, w.creatorUser(), "GET", path("/clips/%s/evidence/%s/file", clipID, id), "", nil).requireProblem(t, 409, "evidence_is_a_link")
	})
}

// faultyFiles fail where a test says.
type faultyFiles struct {
	*blobs.Bucket
	onWrite func() error
}

func (f *faultyFiles) Write(ctx context.Context, key, contentType string, content []byte) error {
	if err := f.onWrite(); err != nil {
		return err
	}
	return f.Bucket.Write(ctx, key, contentType, content)
}

func TestEvidenceWhileTheStorageFails(t *testing.T) {
	t.Parallel()

	t.Run("is not listed, and is completed by a repeated request", func(t *testing.T) {
		t.Parallel()
		files := &faultyFiles{Bucket: blobs.In(t.TempDir())}
		w, clipID := withClip(t, func(c *api.Config) { c.Files = files })
		key := header{"Idempotency-Key": "proof"}
		files.onWrite = func() error {
			return fault.New(fault.Unavailable, "blobs_unavailable", "away").Because(errors.New("disk full"))
		}

		failed := w.upload(t, w.creatorUser(), clipID, "image/png", screenshot, key)
		failed.requireProblem(t, 503, "blobs_unavailable")
		require.NotContains(t, string(failed.body), "disk full")
		require.Empty(t, w.evidence(t, w.creatorUser(), clipID))
		files.onWrite = func() error { return nil }
		repeated := w.upload(t, w.creatorUser(), clipID, "image/png", screenshot, key)

		require.Equal(t, 201, repeated.status, string(repeated.body))
		require.Len(t, w.evidence(t, w.creatorUser(), clipID), 1)
	})

	t.Run("leaves no file if it takes so long that its row may be gone", func(t *testing.T) {
		t.Parallel()
		files := &faultyFiles{Bucket: blobs.In(t.TempDir())}
		w, clipID := withClip(t, func(c *api.Config) { c.Files = files })
		files.onWrite = func() error {
			w.clock.advance(evidence.UnfinishedFor * 3 / 4) // the token is valid for longer
			return nil
		}

		w.upload(t, w.creatorUser(), clipID, "image/png", screenshot, nil).requireProblem(t, 409, "evidence_expired")

		require.Empty(t, w.evidence(t, w.creatorUser(), clipID))
		page, _, err := files.List(t.Context(), evidence.BlobPrefix, nil, 10)
		require.NoError(t, err)
		require.Empty(t, page)
	})

	t.Run("that is not what was added is not sent", func(t *testing.T) {
		t.Parallel()
		w, clipID := withClip(t)
		require.Equal(t, 201, w.upload(t, w.creatorUser(), clipID, "image/png", screenshot, nil).status)
		id := w.evidence(t, w.creatorUser(), clipID)[0].Id
		require.NoError(t, w.files.Write(t.Context(), evidence.BlobKey(clipID, id), "image/png", []byte("<html>")))

		got := w.send(t, w.creatorUser(), "GET", path("/clips/%s/evidence/%s/file", clipID, id), "", nil)

		require.Equal(t, 500, got.status)
		require.NotContains(t, string(got.body), "<html>")
	})
}
