package stripe

import (
	"container/heap"
	"time"
)

// task is a step of an object that is due at a time on the simulator's clock.
type task struct {
	Due  time.Time
	Seq  int64
	Kind string
	ID   string
}

// idleWait is how long the clock loop sleeps when nothing is scheduled.
const idleWait = time.Hour

func (s *Simulator) schedule(kind, id string, due time.Time) {
	s.st.Counter++
	heap.Push(&s.st.Tasks, task{Due: due, Seq: s.st.Counter, Kind: kind, ID: id})
	s.nudge()
}

// settleLocked runs the tasks that are due, in order and each at its own time, so that
// one long jump of the clock has the same result as many short ones.
func (s *Simulator) settleLocked() {
	now := s.clock.now()
	for len(s.st.Tasks) > 0 && !s.st.Tasks[0].Due.After(now) {
		next := heap.Pop(&s.st.Tasks).(task)
		s.at = next.Due
		s.runTask(next)
		s.at = time.Time{}
		s.dirty = true
	}
}

// now is the time of what happens under the lock: that of the task that runs, or the clock's.
func (s *Simulator) now() time.Time {
	if !s.at.IsZero() {
		return s.at
	}
	return s.clock.now()
}

// runTask runs the next step of an object. Each step checks the object's status,
// because a control call or a cancellation may have changed it.
func (s *Simulator) runTask(t task) {
	switch t.Kind {
	case "funds.available":
		s.matureFunds(t.ID)
	case "payment.settle":
		s.settleBankDebit(t.ID)
	case "payout.in_transit":
		s.sendPayout(t.ID)
	case "payout.settle":
		s.settlePayout(t.ID, t.Due)
	case "payout.return":
		s.returnPayout(t.ID)
	case "refund.settle":
		s.settleRefund(t.ID)
	case "charge.dispute":
		s.disputeLater(t.ID)
	case "topup.settle":
		s.settleTopup(t.ID)
	case sweepTask:
		s.sweepBalances(t.Due)
	case monthTask:
		s.billMonth(t.Due)
	}
}

func (s *Simulator) untilNextLocked() time.Duration {
	if len(s.st.Tasks) == 0 {
		return idleWait
	}
	return max(s.clock.realUntil(s.st.Tasks[0].Due), 0)
}

type taskHeap []task

func (h taskHeap) Len() int { return len(h) }
func (h taskHeap) Less(i, j int) bool {
	if h[i].Due.Equal(h[j].Due) {
		return h[i].Seq < h[j].Seq
	}
	return h[i].Due.Before(h[j].Due)
}
func (h taskHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *taskHeap) Push(x any)   { *h = append(*h, x.(task)) }
func (h *taskHeap) Pop() any {
	last := len(*h) - 1
	popped := (*h)[last]
	*h = (*h)[:last]
	return popped
}
