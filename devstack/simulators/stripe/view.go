package stripe

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

const apiVersion = "2024-06-20"

// object is the wire form of an object. Maps encode with sorted keys, so equal views are equal
// bytes.
type object map[string]any

// ref is the id of another object. On the wire it is a string, null when it is empty, or the
// object when it is expanded.
type ref string

// MarshalJSON writes the id, or null when it is empty.
func (r ref) MarshalJSON() ([]byte, error) {
	if r == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(r))
}

// orNull returns nil for an empty text, because Stripe answers null there.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func unix(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.Unix()
}

// wire starts the wire form of an object with the fields that all kinds have.
func (h *header) wire(kind string) object {
	return object{
		"id": h.ID, "object": kind, "created": h.Created.Unix(),
		"livemode": false, "metadata": copyMetadata(h.Metadata),
	}
}

// with adds fields to an object.
func (o object) with(fields object) object {
	for name, value := range fields {
		o[name] = value
	}
	return o
}

// expand replaces the references that the request's expand[] paths name.
func (c *call) expand(result any) (any, *apiError) {
	for _, path := range c.params.list("expand") {
		steps := strings.Split(path, ".")
		if len(steps) > maxExpandDepth+1 {
			return nil, invalid("", "expand", "You cannot expand more than %d levels of a property. Property: %s", maxExpandDepth, path)
		}
		expanded, ok := c.sim.expandInto(result, steps)
		if !ok {
			return nil, invalid("", "expand", "This property cannot be expanded (%s).", path)
		}
		result = expanded
	}
	return result, nil
}

func (s *Simulator) expandInto(value any, steps []string) (any, bool) {
	if id, isRef := value.(ref); isRef {
		if id == "" {
			return value, true
		}
		found, ok := s.lookup(string(id))
		if !ok {
			return value, true
		}
		value = found.view(s)
	}
	switch typed := value.(type) {
	case []object:
		for i := range typed {
			expanded, ok := s.expandInto(typed[i], steps)
			if !ok {
				return nil, false
			}
			typed[i], _ = expanded.(object)
		}
		return typed, true
	case []ref:
		expanded := make([]any, len(typed))
		for i := range typed {
			item, ok := s.expandInto(typed[i], steps)
			if !ok {
				return nil, false
			}
			expanded[i] = item
		}
		return expanded, true
	case object:
		return s.expandField(typed, steps)
	case nil:
		return nil, true
	default:
		return nil, false
	}
}

func (s *Simulator) expandField(parent object, steps []string) (any, bool) {
	if len(steps) == 0 {
		return parent, true
	}
	child, ok := parent[steps[0]]
	if !ok {
		return nil, false
	}
	expanded, ok := s.expandInto(child, steps[1:])
	if !ok {
		return nil, false
	}
	parent[steps[0]] = expanded
	return parent, true
}

// page answers a list request: newest first, with cursors and a created filter.
func page[T record](c *call, all []T, keep func(T) bool) (any, *apiError) {
	limit, refusal := c.limit()
	if refusal != nil {
		return nil, refusal
	}
	created, refusal := c.params.timeIn("created")
	if refusal != nil {
		return nil, refusal
	}
	listed := c.sim.now().Add(-c.sim.st.Rules.ListLag)
	var matching []T
	for _, item := range slices.Backward(all) {
		head := item.head()
		if head.Owner == c.account && !head.Created.After(listed) && created(head.Created) && keep(item) {
			matching = append(matching, item)
		}
	}
	window, more, refusal := cursor(c, matching, limit)
	if refusal != nil {
		return nil, refusal
	}
	data := make([]object, 0, len(window))
	for _, item := range window {
		data = append(data, item.view(c.sim))
	}
	return object{"object": "list", "url": c.http.URL.Path, "has_more": more, "data": data}, nil
}

func (c *call) limit() (int, *apiError) {
	if !c.params.has("limit") {
		return 10, nil
	}
	limit, refusal := c.params.amount("limit")
	if refusal != nil || limit > 100 {
		return 0, invalid("parameter_invalid_integer", "limit", "Limit must be between 1 and 100.")
	}
	return int(limit), nil
}

// cursor returns the part of the newest-first list that starting_after or ending_before selects.
func cursor[T record](c *call, matching []T, limit int) ([]T, bool, *apiError) {
	position := func(param string) (int, *apiError) {
		id := c.params.text(param)
		at := slices.IndexFunc(matching, func(item T) bool { return item.head().ID == id })
		if at < 0 {
			return 0, invalid("resource_missing", param, "No such object: '%s'", id)
		}
		return at, nil
	}
	switch {
	case c.params.has("ending_before"):
		at, refusal := position("ending_before")
		if refusal != nil {
			return nil, false, refusal
		}
		first := max(at-limit, 0)
		return matching[first:at], first > 0, nil
	case c.params.has("starting_after"):
		at, refusal := position("starting_after")
		if refusal != nil {
			return nil, false, refusal
		}
		matching = matching[at+1:]
	}
	if len(matching) > limit {
		return matching[:limit], true, nil
	}
	return matching, false, nil
}

var listParams = []string{"limit", "starting_after", "ending_before", "created"}

// find returns the object of the caller's account that the path names.
func find[T record](c *call, t *table[T], noun, id string) (T, *apiError) {
	item, ok := t.byID[id]
	if !ok || item.head().Owner != c.account {
		return item, missing(noun, id)
	}
	return item, nil
}
