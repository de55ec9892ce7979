package x

import (
	"cmp"
	"net/http"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

const (
	problems  = "https://api.twitter.com/2/problems/"
	noProblem = "about:blank"
)

// problem is the body of an error answer.
type problem struct {
	Title  string           `json:"title"`
	Detail string           `json:"detail"`
	Type   string           `json:"type"`
	Status int              `json:"status,omitempty"`
	Errors []map[string]any `json:"errors,omitempty"`
	// The parts of a cap that is used up.
	ProductName string `json:"product_name,omitempty"`
	Period      string `json:"period,omitempty"`
	Scope       string `json:"scope,omitempty"`

	httpStatus int
}

var (
	unauthorized = problem{
		httpStatus: http.StatusUnauthorized, Status: http.StatusUnauthorized, Title: "Unauthorized", Detail: "Unauthorized", Type: noProblem,
	}
	tooManyRequests = problem{
		httpStatus: http.StatusTooManyRequests, Status: http.StatusTooManyRequests, Title: "Too Many Requests", Detail: "Too Many Requests", Type: noProblem,
	}
	usageCapExceeded = problem{
		httpStatus: http.StatusTooManyRequests, Title: "UsageCapExceeded", Detail: "Usage cap exceeded: Monthly product cap",
		Type: problems + "usage-capped", ProductName: "standard-basic", Period: "Monthly", Scope: "Product",
	}
)

func invalidRequest(parameter, value string) problem {
	message := "The `" + parameter + "` query parameter value [" + value + "] is not valid"
	return problem{
		httpStatus: http.StatusBadRequest, Title: "Invalid Request", Detail: "One or more parameters to your request was invalid.",
		Type:   problems + "invalid-request",
		Errors: []map[string]any{{"parameters": map[string][]string{parameter: {value}}, "message": message}},
	}
}

// resourceProblem says why a post or user is not shown.
type resourceProblem struct {
	Value        string `json:"value"`
	Detail       string `json:"detail"`
	Title        string `json:"title"`
	ResourceType string `json:"resource_type"`
	Parameter    string `json:"parameter"`
	ResourceID   string `json:"resource_id"`
	Type         string `json:"type"`
}

func postNotFound(id string) resourceProblem {
	return resourceProblem{
		Value: id, Detail: "Could not find tweet with ids: [" + id + "].", Title: "Not Found Error",
		ResourceType: "tweet", Parameter: "ids", ResourceID: id, Type: problems + "resource-not-found",
	}
}

func userNotFound(username string) resourceProblem {
	return resourceProblem{
		Value: username, Detail: "Could not find user with username: [" + username + "].", Title: "Not Found Error",
		ResourceType: "user", Parameter: "username", ResourceID: username, Type: problems + "resource-not-found",
	}
}

func writeProblem(w http.ResponseWriter, p problem) { catalog.WriteJSON(w, p.httpStatus, p) }

// answerFault writes a scripted fault in X's format. The rule's code is the last part of the type, and its type the
// title; without them both follow from the status.
func answerFault(w http.ResponseWriter, _ *http.Request, rule faults.Rule) {
	status := rule.AnswerStatus()
	p := problem{
		httpStatus: status, Status: status, Type: noProblem,
		Title: cmp.Or(rule.Type, http.StatusText(status)), Detail: cmp.Or(rule.Message, "A scripted fault"),
	}
	if rule.Code != "" {
		p.Type = problems + rule.Code
	}
	writeProblem(w, p)
}
