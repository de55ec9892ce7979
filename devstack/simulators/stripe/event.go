package stripe

import (
	"encoding/json"
	"time"
)

// eventLifetime is the age up to which events are listed.
const eventLifetime = 30 * 24 * time.Hour

// event reports a change, with the object as it was at that moment. It belongs to
// the account on which it happened; those of other accounts than the platform are
// Connect events.
type event struct {
	header
	Type       string
	Object     json.RawMessage
	Previous   json.RawMessage
	RequestID  string
	Undecided  bool // a delivery is pending or will be retried
	Deliveries int  // those answered with 2xx
}

// emit records the event and queues it for delivery.
func (s *Simulator) emit(kind, owner string, about, previous object) {
	e := &event{header: s.newHeader("evt", owner), Type: kind, Object: encode(about)}
	if previous != nil {
		e.Previous = encode(previous)
	}
	if s.current != nil {
		e.RequestID = s.current.requestID
	}
	s.st.Events.add(e)
	s.dirty = true
	if account, ok := s.st.Accounts.byID[owner]; ok && account.Deauthorized {
		return // the platform gets no events of an account that is no longer connected
	}
	e.Undecided = s.deliver(e)
}

// deliver queues the event for the endpoint that takes it. It returns false if there is none.
func (s *Simulator) deliver(e *event) bool {
	return s.hooks.takes(e.Type, e.Owner != PlatformID) && s.hooks.enqueue(e.ID, e.Type, s.bodyOf(e))
}

// bodyOf is the event in the version of the endpoint.
func (s *Simulator) bodyOf(e *event) json.RawMessage {
	return encode(e.view(s).with(object{"api_version": s.hooks.version()}))
}

func encode(value any) json.RawMessage {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err) // views are maps of plain values and always encode
	}
	return raw
}

func getEvent(c *call) (any, *apiError) {
	e, refusal := find(c, c.sim.st.Events, "event", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	return e.view(c.sim), nil
}

func listEvents(c *call) (any, *apiError) {
	kinds := map[string]bool{}
	for _, kind := range append(c.params.list("types"), c.params.text("type")) {
		if kind != "" {
			kinds[kind] = true
		}
	}
	oldest := c.sim.now().Add(-eventLifetime)
	return page(c, c.sim.st.Events.order, func(e *event) bool {
		return (len(kinds) == 0 || kinds[e.Type]) && !e.Created.Before(oldest)
	})
}

func (e *event) view(*Simulator) object {
	data := object{"object": e.Object}
	if e.Previous != nil {
		data["previous_attributes"] = e.Previous
	}
	pending := 0
	if e.Undecided {
		pending = 1
	}
	view := object{
		"id": e.ID, "object": "event", "type": e.Type, "api_version": apiVersion, "created": e.Created.Unix(),
		"livemode": false, "pending_webhooks": pending, "data": data,
		"request": object{"id": orNull(e.RequestID), "idempotency_key": orNull(e.Key)},
	}
	if e.Owner != PlatformID {
		view["account"] = e.Owner
	}
	return view
}
