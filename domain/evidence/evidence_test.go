package evidence_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/evidence"
	"github.com/creditroll/creditroll/domain/fault"
)

const (
	png  = "\x89PNG\r\n\x1a\nrest"
	jpeg = "\xff\xd8\xff\xe0rest"
	webp = "RIFF\x10\x00\x00\x00WEBPVP8 "
	pdf  = "%PDF-1.7 rest"
)

func TestCheckFile(t *testing.T) {
	t.Parallel()

	for declared, content := range map[string]string{
		"image/png": png, "image/jpeg": jpeg, "image/webp": webp, "application/pdf": pdf,
		"Image/PNG; charset=binary": png,
	} {
		t.Run("accepts "+declared, func(t *testing.T) {
			t.Parallel()
			kind, err := evidence.CheckFile(declared, []byte(content))
			require.NoError(t, err)
			require.NotEmpty(t, kind.Extension())
		})
	}

	for name, test := range map[string]struct{ declared, content, code string }{
		"an empty file":                        {"image/png", "", "evidence_empty"},
		"a file that is too large":             {"image/png", png + strings.Repeat("x", evidence.SizeMax), "evidence_too_large"},
		"a type that browsers run":             {"text/html", "<script>", "evidence_type_unknown"},
		"a drawing that can have scripts":      {"image/svg+xml", "<svg>", "evidence_type_unknown"},
		"no type":                              {"", png, "evidence_type_unknown"},
		"a page that is declared as a picture": {"image/png", "<html>", "evidence_type_differs"},
		"a picture of another type":            {"image/png", jpeg, "evidence_type_differs"},
		"a sound in the container of pictures": {"image/webp", "RIFF\x10\x00\x00\x00WAVEfmt ", "evidence_type_differs"},
		"a part of a signature":                {"image/png", "\x89PN", "evidence_type_differs"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			_, err := evidence.CheckFile(test.declared, []byte(test.content))
			require.Equal(t, test.code, fault.CodeOf(err))
		})
	}

	t.Run("accepts a file of the largest size", func(t *testing.T) {
		t.Parallel()
		_, err := evidence.CheckFile("image/png", []byte(png+strings.Repeat("x", evidence.SizeMax-len(png))))
		require.NoError(t, err)
	})
}

func TestCheckLink(t *testing.T) {
	t.Parallel()

	for _, link := range []string{"https://example.test/a?b=c#d", " http://example.test ", "HTTPS://Example.test"} {
		checked, err := evidence.CheckLink(link)
		require.NoError(t, err, link)
		again, err := evidence.CheckLink(checked)
		require.NoError(t, err)
		require.Equal(t, checked, again)
	}
	for _, link := range []string{
		"", "example.test", "ftp://example.test", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://", "https:///path",
		"https://user:password@example.test", "https://example.test/a\nb", "https://" + strings.Repeat("a", evidence.LinkLengthMax), "https://[::1", "\xff",
	} {
		_, err := evidence.CheckLink(link)
		require.Equal(t, "evidence_link_malformed", fault.CodeOf(err), link)
		require.True(t, len(link) < 9 || !strings.Contains(err.Error(), link), "the message does not repeat the link")
	}
}

func FuzzCheckLink(f *testing.F) {
	f.Add("https://example.test/a")
	f.Fuzz(func(t *testing.T, link string) {
		checked, err := evidence.CheckLink(link)
		if err != nil {
			return
		}
		require.True(t, strings.HasPrefix(checked, "http://") || strings.HasPrefix(checked, "https://"))
	})
}

func TestBlobKey(t *testing.T) {
	t.Parallel()
	const clipID, id = "018f5a1e-0000-8000-8000-00000000000a", "018f5a1e-0000-7000-8000-00000000000b"
	require.Equal(t, id, evidence.IDOfKey(evidence.BlobKey(clipID, id)))
	for _, key := range []string{"", "evidence/", "evidence/" + id, "other/" + clipID + "/" + id, evidence.BlobKey(clipID, id) + "/c", evidence.BlobKey("", id), evidence.BlobKey(clipID, "fileblob123")} {
		require.Empty(t, evidence.IDOfKey(key), key)
	}
}

func TestCheckOrphans(t *testing.T) {
	t.Parallel()
	for _, few := range []struct{ known, orphans int }{{0, 0}, {500, 0}, {1, 1}, {1, 2}, {3, 3}, {250, 250}} {
		require.NoError(t, evidence.CheckOrphans(few.known, few.orphans), few)
	}
	for _, many := range []struct{ known, orphans int }{{0, 1}, {0, 2}, {0, 500}, {1, 3}, {3, 4}, {249, 251}} {
		require.Equal(t, "blobs_of_another", fault.CodeOf(evidence.CheckOrphans(many.known, many.orphans)), many)
	}
}

func TestCheckCount(t *testing.T) {
	t.Parallel()
	require.NoError(t, evidence.CheckCount(evidence.PerClipMax-1))
	require.Equal(t, "evidence_too_much", fault.CodeOf(evidence.CheckCount(evidence.PerClipMax)))
}
