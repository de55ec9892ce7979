package main

import (
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy connects the API and the Temporal server. While a direction is held, nothing arrives in
// that direction and the connections stay open, like in a network that drops packets.
type proxy struct {
	address, target string

	mu          sync.Mutex
	connections []net.Conn
	asks        gate
	answers     gate
}

// gate passes bytes on or holds them.
type gate struct {
	mu   sync.Mutex
	held bool
	turn *sync.Cond
}

func (g *gate) hold(held bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = held
	g.turn.Broadcast()
}

func (g *gate) pass() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.held {
		g.turn.Wait()
	}
}

func startProxy(t *testing.T, target string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{address: listener.Addr().String(), target: target}
	for _, g := range []*gate{&p.asks, &p.answers} {
		g.turn = sync.NewCond(&g.mu)
	}
	var serving sync.WaitGroup
	serving.Go(func() { p.serve(listener, &serving) })
	t.Cleanup(func() {
		_ = listener.Close()
		p.asks.hold(false)
		p.answers.hold(false)
		p.closeAll()
		serving.Wait()
	})
	return p
}

func (p *proxy) serve(listener net.Listener, serving *sync.WaitGroup) {
	for {
		caller, err := listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = caller.Close()
			continue
		}
		p.mu.Lock()
		p.connections = append(p.connections, caller, server)
		p.mu.Unlock()
		serving.Go(func() { forward(caller, server, &p.asks) })
		serving.Go(func() { forward(server, caller, &p.answers) })
	}
}

func (p *proxy) closeAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, connection := range p.connections {
		_ = connection.Close()
	}
}

func forward(from, to net.Conn, g *gate) {
	defer func() { _ = errors.Join(from.Close(), to.Close()) }() // the other direction ends as well
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		g.pass()
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
