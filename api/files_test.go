package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/blobs"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/evidence"
)

// withLargeFile is a world with a file of the largest size, and its address.
func withLargeFile(t *testing.T, timeouts api.Timeouts) (w *world, address, content string) {
	t.Helper()
	w, clipID := withClip(t, func(config *api.Config) { config.Timeouts = timeouts })
	content = screenshot + string(make([]byte, evidence.SizeMax-len(screenshot)))
	require.Equal(t, 201, w.upload(t, w.creatorUser(), clipID, "image/png", content, nil).status)
	return w, path("/clips/%s/evidence/%s/file", clipID, w.evidence(t, w.creatorUser(), clipID)[0].Id), content
}

// slowly reads with a pause before each piece, and sums the pauses.
type slowly struct {
	io.Reader
	pause, paused time.Duration
}

func (s *slowly) Read(into []byte) (int, error) {
	time.Sleep(s.pause)
	s.paused += s.pause
	return s.Reader.Read(into[:min(len(into), 64<<10)])
}

func TestDownloadTimeouts(t *testing.T) {
	t.Parallel()

	// download requests the file over a connection without buffers, and returns what reads the answer.
	download := func(t *testing.T, w *world, address string) (io.Reader, chan struct{}) {
		t.Helper()
		pipe := newPipeListener()
		closed := w.serve(t, pipe)
		client := pipe.dial(t)
		_, err := fmt.Fprintf(client, "GET %s HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer %s\r\n\r\n", address, mint(t, w.reviewer()))
		require.NoError(t, err)
		return client, closed
	}

	t.Run("let a slow client receive a large file", func(t *testing.T) {
		t.Parallel()
		w, address, content := withLargeFile(t, api.Timeouts{Request: 2 * time.Second, Send: 2 * time.Second})
		client, _ := download(t, w, address)
		slow := &slowly{Reader: client, pause: 30 * time.Millisecond}

		answer, err := http.ReadResponse(bufio.NewReaderSize(slow, 64<<10), nil)
		require.NoError(t, err)
		received, err := io.ReadAll(answer.Body)

		require.NoError(t, err)
		require.Equal(t, content, string(received))
		require.Greater(t, slow.paused, 4*time.Second, "longer than other answers may take")
	})

	for name, timeouts := range map[string]api.Timeouts{
		"does not receive": {Request: patience, Send: 200 * time.Millisecond},
		"never ends":       {Request: patience, Send: patience, Download: 200 * time.Millisecond},
	} {
		t.Run("close the connection of a client that "+name, func(t *testing.T) {
			t.Parallel()
			w, address, _ := withLargeFile(t, timeouts)
			_, closed := download(t, w, address)

			select {
			case <-closed:
			case <-time.After(patience / 2):
				t.Fatal("the server still waits for the client")
			}
		})
	}
}

func TestUploadTimeout(t *testing.T) {
	t.Parallel()
	w, clipID := withClip(t, func(config *api.Config) { config.Timeouts = api.Timeouts{Upload: 500 * time.Millisecond} })
	pipe := newPipeListener()
	w.serve(t, pipe)
	client := pipe.dial(t)

	_, err := fmt.Fprintf(client, "POST %s HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer %s\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n",
		path("/clips/%s/evidence/files", clipID), mint(t, w.creatorUser()), evidence.SizeMax)
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(client), nil)
	require.NoError(t, err)
	content, err := io.ReadAll(answer.Body)

	require.NoError(t, err)
	require.Equal(t, 503, answer.StatusCode)
	require.Contains(t, string(content), `"timed_out"`, "the client tries again, because nothing is wrong with its request")
}

// begin sends the head of an upload that promises a large file, and none of it, until there is a place for it. If the
// answer is another one, answered receives its status.
func (w *world) begin(t *testing.T, who access.Principal, clipID string) (answered chan int, end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	token := mint(t, who)
	answered = make(chan int, 1)
	once := func() (int, error) {
		body, _ := io.Pipe()
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+path("/clips/%s/evidence/files", clipID), body)
		if err != nil {
			return 0, err
		}
		request.ContentLength = evidence.SizeMax
		request.Header.Set("Content-Type", "image/png")
		request.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return 0, err
		}
		return answer.StatusCode, answer.Body.Close()
	}
	go func() {
		for ctx.Err() == nil {
			if status, err := once(); err == nil && status != http.StatusServiceUnavailable {
				answered <- status
				return
			}
		}
	}()
	return answered, cancel
}

func TestFilesUnderWay(t *testing.T) {
	t.Parallel()

	t.Run("are refused to a wrong role before they are received", func(t *testing.T) {
		t.Parallel()
		w, clipID := withClip(t)

		answered, _ := w.begin(t, w.brand(), clipID)

		select {
		case status := <-answered:
			require.Equal(t, 403, status)
		case <-time.After(patience):
			t.Fatal("the API waits for the file")
		}
	})

	t.Run("are limited for each user and together, and do not hinder downloads", func(t *testing.T) {
		t.Parallel()
		w, clipID := withClip(t)
		require.Equal(t, 201, w.upload(t, w.reviewer(), clipID, "image/png", screenshot, nil).status)
		id := w.evidence(t, w.reviewer(), clipID)[0].Id
		// An empty file is refused for what it is if there is a place for it.
		code := func(who access.Principal) string { return w.upload(t, who, clipID, "image/png", "", nil).problem.Code }
		require.Equal(t, "evidence_empty", code(w.creatorUser()))
		var ends []func()
		occupy := func(who access.Principal) {
			for range 4 {
				_, end := w.begin(t, who, clipID)
				ends = append(ends, end)
			}
			require.Eventually(t, func() bool { return code(who) == "files_busy" }, patience, 20*time.Millisecond)
		}

		occupy(w.creatorUser())
		require.Equal(t, "evidence_empty", code(w.reviewer()), "there are places for others")
		for range 3 {
			occupy(creatorUser(w.creator(t)))
		}

		busy := w.upload(t, w.reviewer(), clipID, "image/png", screenshot, nil)
		busy.requireProblem(t, 503, "files_busy")
		require.Equal(t, "5", busy.header.Get("Retry-After"))
		require.Equal(t, "wrong_role", code(w.brand()))
		require.Equal(t, 200, w.send(t, w.reviewer(), "GET", path("/clips/%s/evidence/%s/file", clipID, id), "", nil).status)
		for _, end := range ends {
			end()
		}
		require.Eventually(t, func() bool { return code(w.reviewer()) == "evidence_empty" }, patience, 20*time.Millisecond)
		require.Eventually(t, func() bool { return code(w.creatorUser()) == "evidence_empty" }, patience, 20*time.Millisecond)
	})
}

func TestRepeatedUploads(t *testing.T) {
	t.Parallel()

	t.Run("with another type are another request", func(t *testing.T) {
		t.Parallel()
		w, clipID := withClip(t)
		key := header{"Idempotency-Key": "proof"}

		for range 2 {
			require.Equal(t, "evidence_type_differs", w.upload(t, w.creatorUser(), clipID, "image/jpeg", screenshot, key).problem.Code)
		}
		w.upload(t, w.creatorUser(), clipID, "image/png", screenshot, key).requireProblem(t, 409, "idempotency_key_reused")

		require.Equal(t, 201, w.upload(t, w.creatorUser(), clipID, "image/png", screenshot, header{"Idempotency-Key": "again"}).status)
	})

	t.Run("wait for the first one for as long as it may take", func(t *testing.T) {
		t.Parallel()
		files := &faultyFiles{Bucket: blobs.In(t.TempDir())}
		w, clipID := withClip(t, func(c *api.Config) { c.Files = files })
		key := header{"Idempotency-Key": "proof"}
		repeated := make(chan answer, 2)
		files.onWrite = func() error {
			files.onWrite = func() error { return nil }
			w.clock.advance(3 * time.Minute)
			repeated <- w.upload(t, w.creatorUser(), clipID, "image/png", screenshot, key)
			return nil
		}

		first := w.upload(t, w.creatorUser(), clipID, "image/png", screenshot, key)

		require.Equal(t, 201, first.status, string(first.body))
		got := <-repeated
		got.requireProblem(t, 409, "idempotency_key_in_use")
	})
}
