package temporalserver

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/creditroll/creditroll/devstack/process"
)

// home is a claimed directory with the database file of one server.
type home struct {
	dir       string
	temporary bool
	claim     *process.Claim
}

func openHome(ctx context.Context, wanted string) (*home, error) {
	h := &home{temporary: wanted == ""}
	var err error
	if h.temporary {
		h.dir, err = process.TempDir(os.TempDir(), tempPrefix)
	} else {
		h.dir, err = filepath.Abs(wanted)
	}
	if err != nil {
		return nil, fmt.Errorf("directory of Temporal: %w", err)
	}
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of Temporal: %w", err)
	}
	h.claim, err = process.ClaimDir(ctx, h.dir)
	if err != nil {
		return nil, fmt.Errorf("start Temporal: %w", err)
	}
	return h, nil
}

// leave releases the directory, and removes it if it is temporary.
func (h *home) leave() error {
	defer h.claim.Release()
	if !h.temporary {
		return nil
	}
	if err := os.RemoveAll(h.dir); err != nil {
		return fmt.Errorf("remove the database of the temporary Temporal server: %w", err)
	}
	return nil
}
