package api_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/db/dbtest"
)

const patience = 30 * time.Second

// serve runs the API's own server, with its timeouts, on a listener. closed receives a value for each
// connection that the server has closed.
func (w *world) serve(t *testing.T, listener net.Listener) (closed chan struct{}) {
	t.Helper()
	closed = make(chan struct{}, 100)
	server := w.server.HTTPServer("")
	server.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			closed <- struct{}{}
		}
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return closed
}

// fetch returns an answer, and the error that cut it if one did.
func fetch(ctx context.Context, token, address, where string) (status int, body string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+where, nil)
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(content), err
}

// lock keeps statements from reading until it is ended.
func (w *world) lock(t *testing.T) (end func()) {
	t.Helper()
	conn := dbtest.Connect(t, w.store.DB.Pool.Config().ConnString())
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "LOCK TABLE "+pgx.Identifier{"creators"}.Sanitize()+" IN ACCESS EXCLUSIVE MODE")
	require.NoError(t, err)
	return func() { require.NoError(t, tx.Rollback(t.Context())) }
}

func TestExportTimeouts(t *testing.T) {
	t.Parallel()

	t.Run("let a slow export finish after other requests were cut", func(t *testing.T) {
		t.Parallel()
		w := setup(t, func(config *api.Config) {
			config.Timeouts = api.Timeouts{Read: 100 * time.Millisecond, Request: 200 * time.Millisecond, Send: 200 * time.Millisecond, Export: patience}
		})
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		w.serve(t, listener)
		address, month := listener.Addr().String(), w.thisMonth()
		type export struct {
			status int
			body   string
			err    error
		}
		exported := make(chan export, 1)
		end := w.lock(t)

		token := mint(t, w.finance())
		go func() {
			status, body, err := fetch(t.Context(), token, address, path("/statements/%s/creators.csv", month))
			exported <- export{status, body, err}
		}()
		for range 4 { // together longer than any of the timeouts
			status, _, err := fetch(t.Context(), token, address, path("/statements/%s", month))
			require.True(t, err != nil || status >= 500, "status %d", status)
		}
		end()

		got := <-exported
		require.NoError(t, got.err)
		require.Equal(t, http.StatusOK, got.status)
		require.Contains(t, got.body, "\nend,")
	})

	t.Run("end an export that takes longer than exports may", func(t *testing.T) {
		t.Parallel()
		w := setup(t, func(config *api.Config) { config.Timeouts = api.Timeouts{Export: 200 * time.Millisecond} })
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		w.serve(t, listener)
		end := w.lock(t)

		status, body, err := fetch(t.Context(), mint(t, w.finance()), listener.Addr().String(), path("/tax/%d/eu-dac7.csv", w.clock.Now().UTC().Year()))

		require.True(t, err != nil || status >= 500, "status %d: %s", status, body)
		require.NotContains(t, body, "\nend,")
		end()
	})

	t.Run("close the connection of a client that does not receive an export", func(t *testing.T) {
		t.Parallel()
		w := setup(t, func(config *api.Config) {
			config.Timeouts = api.Timeouts{Request: patience, Export: 10 * patience, Send: 200 * time.Millisecond}
		})
		pipe := newPipeListener()
		closed := w.serve(t, pipe)
		client := pipe.dial(t)

		_, err := fmt.Fprintf(client, "GET %s HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer %s\r\n\r\n", path("/statements/%s/creators.csv", w.thisMonth()), mint(t, w.finance()))
		require.NoError(t, err)

		select {
		case <-closed:
		case <-time.After(patience / 2):
			t.Fatal("the server still waits for the client")
		}
		rest, _ := io.ReadAll(client)
		require.NotContains(t, string(rest), "\nend,")
	})
}

// pipeListener accepts connections without buffers, so that nothing is sent before it is received.
type pipeListener struct{ accepted chan net.Conn }

func newPipeListener() *pipeListener { return &pipeListener{make(chan net.Conn, 1)} }

func (p *pipeListener) dial(t *testing.T) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	t.Cleanup(func() { _ = client.Close() })
	p.accepted <- server
	return client
}

func (p *pipeListener) Accept() (net.Conn, error) {
	conn, open := <-p.accepted
	if !open {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p *pipeListener) Close() error { close(p.accepted); return nil }

func (p *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }
