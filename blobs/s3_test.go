package blobs_test

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/blobs"
	"github.com/creditroll/creditroll/domain/fault"
)

// s3 speaks as much of the protocol of S3 as a bucket needs.
type s3 struct {
	mu      sync.Mutex
	objects map[string]string
	denies  bool
}

func (s *s3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, inBucket := strings.CutPrefix(r.URL.Path, "/bucket/")
	content, found := s.objects[key]
	switch {
	case s.denies:
		s.refuse(w, http.StatusForbidden, "AccessDenied")
	case r.Method == http.MethodGet && r.URL.Query().Get("list-type") == "2":
		s.list(w, r.URL.Query().Get("prefix"))
	case !inBucket:
		s.refuse(w, http.StatusNotFound, "NoSuchBucket")
	case r.Method == http.MethodPut:
		body, _ := io.ReadAll(r.Body)
		s.objects[key] = unchunked(r, body)
		w.Header().Set("ETag", `"x"`)
	case !found && r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	case !found:
		s.refuse(w, http.StatusNotFound, "NoSuchKey")
	case r.Method == http.MethodDelete:
		delete(s.objects, key)
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		_, _ = io.WriteString(w, content)
	}
}

// unchunked takes a body out of the chunks in which the library signs it.
func unchunked(r *http.Request, body []byte) string {
	if !strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked") {
		return string(body)
	}
	_, rest, _ := strings.Cut(string(body), "\r\n")
	content, _, _ := strings.Cut(rest, "\r\n")
	return content
}

func (s *s3) refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code></Error>")
}

func (s *s3) list(w http.ResponseWriter, prefix string) {
	type object struct {
		Key          string
		LastModified string
		Size         int
	}
	result := struct {
		XMLName     xml.Name `xml:"ListBucketResult"`
		IsTruncated bool
		Contents    []object
	}{}
	for key, content := range s.objects {
		if strings.HasPrefix(key, prefix) {
			result.Contents = append(result.Contents, object{key, "2026-01-02T03:04:05.000Z", len(content)})
		}
	}
	slices.SortFunc(result.Contents, func(a, b object) int { return strings.Compare(a.Key, b.Key) })
	_ = xml.NewEncoder(w).Encode(result)
}

func TestS3(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	store := &s3{objects: map[string]string{}}
	server := httptest.NewServer(store)
	t.Cleanup(server.Close)
	bucket, err := blobs.At("s3://bucket?region=eu-central-1&use_path_style=true&disable_https=true&endpoint=" + server.URL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = bucket.Close() })

	require.NoError(t, bucket.Write(t.Context(), "evidence/a/b", "image/png", []byte("content")))
	require.Equal(t, "content", read(t, bucket, "evidence/a/b"))
	page, next, err := bucket.List(t.Context(), "evidence/", nil, 10)
	require.NoError(t, err)
	require.Empty(t, next)
	require.Len(t, page, 1)
	require.Equal(t, "evidence/a/b", page[0].Key)
	require.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), page[0].ModifiedAt.UTC())
	require.NoError(t, bucket.Delete(t.Context(), "evidence/a/b"))
	require.NoError(t, bucket.Delete(t.Context(), "evidence/a/b"))
	_, err = bucket.Read(t.Context(), "evidence/a/b")
	require.Equal(t, "blob_not_found", fault.CodeOf(err))
	require.NoError(t, bucket.Check(t.Context()))

	store.mu.Lock()
	store.denies = true
	store.mu.Unlock()
	require.Equal(t, fault.Unavailable, fault.KindOf(bucket.Check(t.Context())))
}
