package process

import (
	"fmt"
	"net"
	"strconv"
)

// FreePorts returns ports of 127.0.0.1 that are free now. Another program may take one before
// the server does, so a caller whose server ends at its start should try again with others.
func FreePorts(count int) ([]int, error) {
	ports := make([]int, 0, count)
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		// Closed only when all are found, so that no port is returned twice.
		defer func() { _ = listener.Close() }()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// CheckPort returns an error that says what to do if the port is in use.
func CheckPort(port int) error {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("port %d is not free: stop what listens there, choose another port, or 0 for any free one: %w", port, err)
	}
	return listener.Close()
}
