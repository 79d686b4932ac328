// Package badline is a line between a client and a server that breaks the way
// networks do, for tests: below HTTP, where a fault of the simulator cannot reach.
// Only tests import it.
package badline

import (
	"bytes"
	"errors"
	"net"
	"path/filepath"
	"sync"
	"time"
)

// Mode is how the line misbehaves. It counts for every connection at once, from
// its next piece of data on.
type Mode string

// Before the server has heard the request: Refuse and Half. After it has done what
// was asked: Reset, Cut, Swallow and Drip.
const (
	Pass    Mode = "pass"    // does nothing
	Refuse  Mode = "refuse"  // resets the connection, nothing reached the server
	Half    Mode = "half"    // half of the request reaches the server, then a reset
	Reset   Mode = "reset"   // the answer is on its way when the connection is reset
	Cut     Mode = "cut"     // half of the answer, and an orderly end
	Swallow Mode = "swallow" // the answer never comes
	Drip    Mode = "drip"    // the answer comes byte by byte, for minutes
)

// Modes are all that break something.
var Modes = []Mode{Refuse, Half, Reset, Cut, Swallow, Drip}

// Line is one line, from its address to a server's.
type Line struct {
	listener net.Listener
	upstream string
	end      chan struct{}
	all      sync.WaitGroup

	mu   sync.Mutex
	mode Mode
	gate *Gate
}

// Open makes a line to the server at host:port, or at a socket's path.
func Open(upstream string) (*Line, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	line := &Line{listener: l, upstream: upstream, end: make(chan struct{}), mode: Pass}
	line.all.Go(line.accept)
	return line, nil
}

// Addr is where clients find the line, host:port.
func (l *Line) Addr() string { return l.listener.Addr().String() }

// URL is Addr for clients that speak HTTP.
func (l *Line) URL() string { return "http://" + l.listener.Addr().String() }

// Set changes how it behaves.
func (l *Line) Set(m Mode) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mode = m
}

// Gate holds one answer back.
type Gate struct {
	begins []byte
	held   chan struct{} // closed when an answer is held
	opened chan struct{}
	once   sync.Once
}

// Held is closed once the server has answered and the line keeps the answer.
func (g *Gate) Held() <-chan struct{} { return g.held }

// Open lets the answer through, and any later one.
func (g *Gate) Open() { g.once.Do(func() { close(g.opened) }) }

// Hold keeps the answer to the next request that begins like this ("POST /v2/")
// until the gate is opened; all other requests pass.
func (l *Line) Hold(begins string) *Gate {
	g := &Gate{begins: []byte(begins), held: make(chan struct{}), opened: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gate = g
	return g
}

// Close ends the line and every connection on it.
func (l *Line) Close() error {
	close(l.end)
	err := l.listener.Close()
	l.all.Wait()
	return err
}

func (l *Line) accept() {
	for {
		client, err := l.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			l.all.Go(func() { l.carry(client.(*net.TCPConn)) })
		}
	}
}

// carry moves both ways until one side ends.
func (l *Line) carry(client *net.TCPConn) {
	defer func() { _ = client.Close() }()
	network := "tcp"
	if filepath.IsAbs(l.upstream) {
		network = "unix"
	}
	server, err := net.Dial(network, l.upstream)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	over := make(chan struct{})
	end := sync.OnceFunc(func() { close(over) })
	var gate *Gate // of the request on its way; requests of one connection do not overlap
	var mu sync.Mutex
	l.all.Go(func() {
		defer end()
		l.pump(client, func(b []byte) bool {
			switch l.now() {
			case Refuse:
				reset(client)
				return false
			case Half:
				_, _ = server.Write(b[:len(b)/2])
				reset(client)
				return false
			}
			if g := l.take(b); g != nil {
				mu.Lock()
				gate = g
				mu.Unlock()
			}
			_, err := server.Write(b)
			return err == nil
		})
	})
	l.all.Go(func() {
		defer end()
		l.pump(server, func(b []byte) bool {
			mu.Lock()
			held := gate
			gate = nil
			mu.Unlock()
			if held != nil {
				close(held.held)
				select {
				case <-held.opened:
				case <-l.end:
				}
			}
			return l.answer(client, b)
		})
	})
	select {
	case <-over:
	case <-l.end:
	}
}

// answer gives the client what the mode leaves of it; false ends the connection.
func (l *Line) answer(client *net.TCPConn, b []byte) bool {
	switch l.now() {
	case Reset:
		reset(client)
		return false
	case Cut:
		_, _ = client.Write(b[:len(b)/2])
		return false
	case Swallow:
		return true
	case Drip:
		pace := time.NewTicker(time.Second)
		defer pace.Stop()
		for i := range b {
			if _, err := client.Write(b[i : i+1]); err != nil {
				return false
			}
			select {
			case <-pace.C:
			case <-l.end:
				return false
			}
		}
		return true
	}
	_, err := client.Write(b)
	return err == nil
}

func (l *Line) pump(from net.Conn, give func([]byte) bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !give(buffer[:n]) || err != nil {
			return
		}
	}
}

func (l *Line) now() Mode {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mode
}

// take hands out the gate to the request that it waits for.
func (l *Line) take(request []byte) *Gate {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gate == nil || !bytes.HasPrefix(request, l.gate.begins) {
		return nil
	}
	g := l.gate
	l.gate = nil
	return g
}

// reset ends a connection the hard way.
func reset(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}
