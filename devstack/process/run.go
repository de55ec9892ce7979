package process

import (
	"context"
	"errors"
	"fmt"
)

// Run runs a program that ends by itself. Like a server's, its error quotes the last lines
// that it printed. When ctx ends first, the program is killed.
func Run(ctx context.Context, spec Spec) error {
	p, err := Start(spec)
	if err != nil {
		return err
	}
	select {
	case <-p.Done():
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("%s did not end in time: %w", spec.Name, ctx.Err()), p.Kill())
	}
	if p.err != nil {
		return p.Err()
	}
	return nil
}
