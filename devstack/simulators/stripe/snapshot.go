package stripe

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// saveLocked writes the state to a new file and renames it, so that a kill leaves
// either the old file or the new one. It runs before an answer is sent.
func (s *Simulator) saveLocked() {
	if !s.dirty {
		return
	}
	s.dirty = false
	if s.opts.StateFile == "" {
		return
	}
	s.st.Offset = s.clock.offset()
	s.st.Journal = s.journal.Effects()
	if err := writeState(s.opts.StateFile, s.st); err != nil {
		s.saveErr = fmt.Errorf("save the state of the Stripe simulator: %w", err)
	}
}

func writeState(path string, st *state) error {
	data, err := json.Marshal(st)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return os.Rename(file.Name(), path)
}

// load reads the state from the file, if there is one.
func (s *Simulator) load() error {
	if s.opts.StateFile == "" {
		return nil
	}
	data, err := os.ReadFile(s.opts.StateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	st := s.freshState()
	if err := json.Unmarshal(data, st); err != nil {
		return fmt.Errorf("%s: %w", s.opts.StateFile, err)
	}
	st.reindex()
	for key, saved := range st.Idempotency {
		if saved.Status == 0 { // in flight when the process died: nothing was executed
			delete(st.Idempotency, key)
		}
	}
	if !st.scheduled(sweepTask) { // the state was saved before there were payout schedules
		st.scheduleSweep(s.clock.now())
	}
	if !st.scheduled(monthTask) { // the state was saved before there were fees
		st.scheduleMonth(s.clock.now())
	}
	s.st = st
	s.journal.Replace(st.Journal)
	s.clock.advance(max(st.Offset-s.clock.offset(), 0))
	s.sweepKeysLocked(s.clock.now())
	for _, e := range st.Events.order {
		if e.Undecided {
			e.Undecided = s.deliver(e)
		}
	}
	return nil
}
