package links

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync/atomic"
	"testing"

	"code.dny.dev/ssrf"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/creditroll/creditroll/domain/fault"
)

// canary is a listener on a port of every local address. It counts who connects.
type canary struct {
	port        uint16
	connections atomic.Int32
}

func newCanary(t *testing.T) *canary {
	t.Helper()
	listener, err := net.Listen("tcp", ":0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	c := &canary{port: uint16(listener.Addr().(*net.TCPAddr).Port)}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			c.connections.Add(1)
			_ = connection.Close()
		}
	}()
	return c
}

// atItsPort has a transport dial the port of the canary in place of every other.
func (c *canary) atItsPort(dial func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return dial(ctx, network, net.JoinHostPort(host, strconv.Itoa(int(c.port))))
	}
}

// nameServer resolves every name to the same addresses.
func nameServer(t *testing.T, addresses ...string) *net.Resolver {
	t.Helper()
	listener, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		asked := make([]byte, 1500)
		for {
			n, from, err := listener.ReadFrom(asked)
			if err != nil {
				return
			}
			var message dnsmessage.Message
			if message.Unpack(asked[:n]) != nil || len(message.Questions) != 1 {
				continue
			}
			message.Response, message.Additionals = true, nil
			for _, address := range addresses {
				answer(&message, netip.MustParseAddr(address))
			}
			if packed, err := message.Pack(); err == nil {
				_, _ = listener.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", listener.LocalAddr().String())
	}}
}

// answer adds an address if it is of the kind that was asked for.
func answer(message *dnsmessage.Message, address netip.Addr) {
	asked := message.Questions[0]
	header := dnsmessage.ResourceHeader{Name: asked.Name, Type: asked.Type, Class: asked.Class}
	switch {
	case asked.Type == dnsmessage.TypeA && address.Is4():
		message.Answers = append(message.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: address.As4()}})
	case asked.Type == dnsmessage.TypeAAAA && address.Is6():
		message.Answers = append(message.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: address.As16()}})
	}
}

func TestNamesOfPlatforms(t *testing.T) {
	t.Parallel()

	t.Run("lead to the canary without the check", func(t *testing.T) {
		t.Parallel()
		c := newCanary(t)
		unguarded := &net.Dialer{Resolver: nameServer(t, "127.0.0.1")}

		connection, err := c.atItsPort(unguarded.DialContext)(t.Context(), "tcp", "vm.tiktok.com:443")

		require.NoError(t, err)
		require.NoError(t, connection.Close())
		require.Eventually(t, func() bool { return c.connections.Load() == 1 }, timeout, timeout/1000)
	})

	for _, addresses := range [][]string{
		{"127.0.0.1"},
		{"127.8.8.8"},
		{"0.0.0.0"},
		{"10.0.0.1", "127.0.0.1"},
		{"172.16.0.1"},
		{"192.168.1.1"},
		{"100.64.0.1"},
		{"169.254.169.254"},
		{"::1"},
		{"::"},
		{"::ffff:127.0.0.1"},
		{"::ffff:169.254.169.254"},
		{"64:ff9b::7f00:1"},
		{"2002:7f00:1::1"},
		{"fe80::1"},
		{"fd00::1"},
	} {
		t.Run("are not connected to if they resolve to "+addresses[0], func(t *testing.T) {
			t.Parallel()
			c := newCanary(t)
			transport := newTransport(nameServer(t, addresses...), c.port)
			transport.DialContext = c.atItsPort(transport.DialContext)

			_, err := (&Resolver{transport: transport}).Resolve(t.Context(), "https://vm.tiktok.com/ZMabcdef/")

			require.Equal(t, "short_link_unreachable", fault.CodeOf(err))
			require.ErrorIs(t, err, ssrf.ErrProhibitedIP)
			require.Zero(t, c.connections.Load())
		})
	}
}

func TestRedirectsToTheInside(t *testing.T) {
	t.Parallel()

	for _, host := range []string{
		"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "127.0.0.1.nip.io",
		"vm.tiktok.com@127.0.0.1", "127.0.0.1#@vm.tiktok.com",
	} {
		for _, scheme := range []string{"http://", "https://", "//"} {
			t.Run("are not followed to "+scheme+host, func(t *testing.T) {
				t.Parallel()
				c := newCanary(t)
				resolver, platform := setup(t, redirectTo(scheme+host+":"+strconv.Itoa(int(c.port))+"/ZMabcdef/"))

				_, err := resolver.Resolve(t.Context(), "https://vm.tiktok.com/ZMabcdef/")

				require.Equal(t, "short_link_leads_nowhere", fault.CodeOf(err))
				require.LessOrEqual(t, platform.requests.Load(), int32(2), "only the link itself was requested")
				require.Zero(t, c.connections.Load())
			})
		}
	}

	t.Run("are not followed to a platform's name that leads there", func(t *testing.T) {
		t.Parallel()
		c := newCanary(t)
		inside := newTransport(nameServer(t, "127.0.0.1"), c.port)
		inside.DialContext = c.atItsPort(inside.DialContext)
		_, outside := setup(t, redirectTo("https://www.tiktok.com/t/ZTabcdef/"))

		_, err := (&Resolver{transport: byHost{"vm.tiktok.com": outside, "www.tiktok.com": inside}}).Resolve(t.Context(), "https://vm.tiktok.com/ZMabcdef/")

		require.ErrorIs(t, err, ssrf.ErrProhibitedIP)
		require.Equal(t, int32(1), outside.requests.Load())
		require.Zero(t, c.connections.Load())
	})
}

// byHost sends a request to the transport of its host.
type byHost map[string]http.RoundTripper

func (b byHost) RoundTrip(request *http.Request) (*http.Response, error) {
	return b[request.URL.Host].RoundTrip(request)
}
