package fault

import "strings"

// Remark is what an outside service said about a refusal: its own code, type, parameter and
// request id, and the class of its message where we know the message. It has none of the
// message's text, which can quote names and account numbers.
type Remark struct {
	Code      string `json:"code,omitempty"`
	Type      string `json:"type,omitempty"`
	Param     string `json:"param,omitempty"`
	Class     string `json:"class,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

// String returns the parts that are not empty, for people: "code X, type Y, request Z".
func (r Remark) String() string {
	var parts []string
	for _, part := range []struct{ name, value string }{
		{"code", r.Code}, {"type", r.Type}, {"parameter", r.Param}, {"message class", r.Class}, {"request", r.RequestID},
	} {
		if part.value != "" {
			parts = append(parts, part.name+" "+part.value)
		}
	}
	return strings.Join(parts, ", ")
}

// RemarkOf returns what the outside service said that caused err, or an empty remark.
func RemarkOf(err error) Remark {
	if found, ok := As(err); ok {
		return found.Remark
	}
	return Remark{}
}
