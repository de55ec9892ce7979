package brightdata

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

// Kinds of the journal lines about snapshots. ObjectID is the snapshot's id.
const (
	KindTriggered = "snapshot.triggered"
	KindEnded     = "snapshot.ended"
	KindNotified  = "snapshot.notified"
)

// Behaviour is how snapshots behave. Times are on the simulator's clock.
type Behaviour struct {
	// DelaySeconds is how long a snapshot takes.
	DelaySeconds int64 `json:"delay_seconds"`
	// NotifyDelaySeconds is how much later its notification is sent.
	NotifyDelaySeconds int64 `json:"notify_delay_seconds,omitempty"`
	// Notify is "once", "twice" or "never"; empty means once.
	Notify string `json:"notify,omitempty"`
	// Body is "notification", "records" or "garbage"; empty means notification.
	Body string `json:"body,omitempty"`
	// Gzip compresses what is sent.
	Gzip bool `json:"gzip,omitempty"`
	// Fail makes snapshots fail in place of being ready.
	Fail bool `json:"fail,omitempty"`
	// Vague answers for a snapshot that is not ready with status 200 in place of 202.
	Vague bool `json:"vague,omitempty"`
	// RunningMax is how many snapshots may run at once; zero is no limit.
	RunningMax int `json:"running_max,omitempty"`
}

func (b Behaviour) check() error {
	switch {
	case b.DelaySeconds < 0 || b.NotifyDelaySeconds < 0 || b.RunningMax < 0:
		return fmt.Errorf("delay_seconds, notify_delay_seconds and running_max: use zero or more")
	case !slices.Contains([]string{"", "once", "twice", "never"}, b.Notify):
		return fmt.Errorf("notify %q: use once, twice or never", b.Notify)
	case !slices.Contains([]string{"", "notification", "records", "garbage"}, b.Body):
		return fmt.Errorf("body %q: use notification, records or garbage", b.Body)
	}
	return nil
}

// Job is a snapshot as the control API shows it.
type Job struct {
	SnapshotID string `json:"snapshot_id"`
	DatasetID  string `json:"dataset_id"`
	Status     string `json:"status"`
	Records    int    `json:"records"`
	NotifyURL  string `json:"notify_url,omitempty"`
	// Notified counts the notifications that were sent.
	Notified int `json:"notified"`
}

type job struct {
	Job
	asked      asked
	fault      string
	behaviour  Behaviour
	authHeader string
	readyAt    time.Time
	notifyAt   time.Time
	records    []record
	// unsent counts the notifications that are still to be sent.
	unsent int
}

const (
	running = "running"
	ready   = "ready"
	failed  = "failed"
)

// SetBehaviour changes how snapshots behave that are triggered from now on.
func (s *Simulator) SetBehaviour(behaviour Behaviour) error {
	if err := behaviour.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behaviour = behaviour
	return nil
}

// Jobs returns the snapshots, oldest first.
func (s *Simulator) Jobs() []Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	list := []Job{}
	for _, each := range s.jobs {
		list = append(list, each.Job)
	}
	return list
}

func (s *Simulator) serveTrigger(w http.ResponseWriter, r *http.Request) {
	asked, ok := readAsked(w, r, snapshotMax)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	query, now := r.URL.Query(), s.Clock.Now()
	if limit := s.behaviour.RunningMax; limit > 0 && s.running() >= limit {
		writeText(w, http.StatusTooManyRequests, "You have too many running jobs for this dataset.")
		return
	}
	each := &job{
		Job:   Job{SnapshotID: fmt.Sprintf("s_simulated%06d", len(s.jobs)+1), DatasetID: query.Get("dataset_id"), Status: running, NotifyURL: query.Get("notify")},
		asked: asked, fault: insideFault(r), behaviour: s.behaviour, authHeader: query.Get("auth_header"),
		readyAt: now.Add(time.Duration(s.behaviour.DelaySeconds) * time.Second),
	}
	each.notifyAt = each.readyAt.Add(time.Duration(s.behaviour.NotifyDelaySeconds) * time.Second)
	switch {
	case each.NotifyURL == "" || s.behaviour.Notify == "never":
	case s.behaviour.Notify == "twice":
		each.unsent = 2
	default:
		each.unsent = 1
	}
	s.jobs = append(s.jobs, each)
	s.Journal.Append(faults.Entry{Kind: KindTriggered, ObjectID: each.SnapshotID, Details: map[string]any{"inputs": len(asked.addresses), "dataset_id": each.DatasetID}})
	s.watch()
	catalog.WriteJSON(w, http.StatusOK, map[string]string{"snapshot_id": each.SnapshotID})
}

func (s *Simulator) running() (count int) {
	for _, each := range s.jobs {
		if each.Status == running {
			count++
		}
	}
	return count
}

// advance ends the snapshots whose time has come. The caller holds mu.
func (s *Simulator) advance() {
	now := s.Clock.Now()
	for _, each := range s.jobs {
		if each.Status != running || now.Before(each.readyAt) {
			continue
		}
		each.Status = failed
		if !each.behaviour.Fail {
			each.records = s.scrape(each.asked, each.fault)
			each.Status, each.Records = ready, len(each.records)
		}
		s.Journal.Append(faults.Entry{Kind: KindEnded, ObjectID: each.SnapshotID, Details: map[string]any{"status": each.Status, "records": each.Records}})
	}
}

// find returns a snapshot, or answers that there is none. The caller holds mu.
func (s *Simulator) find(w http.ResponseWriter, r *http.Request) *job {
	s.advance()
	for _, each := range s.jobs {
		if each.SnapshotID == r.PathValue("id") {
			return each
		}
	}
	writeError(w, http.StatusNotFound, "Snapshot not found")
	return nil
}

func (s *Simulator) serveProgress(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if each := s.find(w, r); each != nil {
		catalog.WriteJSON(w, http.StatusOK, map[string]string{"snapshot_id": each.SnapshotID, "dataset_id": each.DatasetID, "status": each.Status})
	}
}

func (s *Simulator) serveSnapshot(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	each := s.find(w, r)
	switch {
	case each == nil:
	case each.Status == ready:
		catalog.WriteJSON(w, http.StatusOK, each.records)
	case each.Status == failed:
		catalog.WriteJSON(w, http.StatusOK, map[string]string{"status": failed, "error_message": "The snapshot failed"})
	default:
		status := http.StatusAccepted
		if each.behaviour.Vague {
			status = http.StatusOK
		}
		catalog.WriteJSON(w, status, map[string]string{"status": running, "message": "Snapshot is not ready yet, try again in 10s"})
	}
}

func (s *Simulator) serveJobs(w http.ResponseWriter, _ *http.Request) {
	catalog.WriteJSON(w, http.StatusOK, map[string]any{"jobs": s.Jobs()})
}

func (s *Simulator) serveBehaviour(w http.ResponseWriter, r *http.Request) {
	var behaviour Behaviour
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&behaviour)
	if err == nil {
		err = s.SetBehaviour(behaviour)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	catalog.WriteJSON(w, http.StatusOK, behaviour)
}
