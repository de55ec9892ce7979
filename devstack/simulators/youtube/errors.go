package youtube

import (
	"fmt"
	"net/http"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

// apiError is an error in Google's envelope.
type apiError struct {
	httpStatus int
	domain     string
	reason     string
	// status is the newer name for the kind of error in the envelope; detail, if set, is its
	// reason.
	status  string
	detail  string
	message string
}

var (
	keyMissing = apiError{
		httpStatus: http.StatusForbidden, domain: "global", reason: "forbidden", status: "PERMISSION_DENIED",
		message: "Method doesn't allow unregistered callers. Please use API Key or other form of API consumer identity to call this API.",
	}
	keyInvalid = apiError{
		httpStatus: http.StatusBadRequest, domain: "global", reason: "badRequest", status: "INVALID_ARGUMENT",
		detail: "API_KEY_INVALID", message: "API key not valid. Please pass a valid API key.",
	}
	quotaExceeded = apiError{
		httpStatus: http.StatusForbidden, domain: "youtube.quota", reason: "quotaExceeded",
		message: "The request cannot be completed because you have exceeded your quota.",
	}
	tooManyIDs = apiError{
		httpStatus: http.StatusBadRequest, domain: "youtube.parameter", reason: "invalidFilters",
		message: "The request specifies an invalid filter parameter.",
	}
)

func missingParameter(name string) *apiError {
	return &apiError{
		httpStatus: http.StatusBadRequest, domain: "youtube.parameter", reason: "missingRequiredParameter",
		message: fmt.Sprintf("The request is missing a required parameter: %s.", name),
	}
}

func unknownPart(part string) *apiError {
	return &apiError{
		httpStatus: http.StatusBadRequest, domain: "youtube.part", reason: "unknownPart",
		message: fmt.Sprintf("The part %q is not known.", part),
	}
}

func writeError(w http.ResponseWriter, problem apiError) {
	envelope := map[string]any{
		"code": problem.httpStatus, "message": problem.message,
		"errors": []map[string]string{{"message": problem.message, "domain": problem.domain, "reason": problem.reason}},
	}
	if problem.status != "" {
		envelope["status"] = problem.status
	}
	if problem.detail != "" {
		envelope["details"] = []map[string]string{{
			"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": problem.detail, "domain": "googleapis.com",
		}}
	}
	catalog.WriteJSON(w, problem.httpStatus, map[string]any{"error": envelope})
}

// answerFault writes a scripted fault in the platform's format. The rule's code is the reason;
// without one the reason follows from the status.
func answerFault(w http.ResponseWriter, _ *http.Request, rule faults.Rule) {
	problem := apiError{httpStatus: rule.AnswerStatus(), domain: "youtube." + rule.Type, reason: rule.Code, message: rule.Message}
	if rule.Type == "" {
		problem.domain = "global"
	}
	if problem.reason == "" {
		problem.reason = usualReason(problem.httpStatus)
	}
	if problem.message == "" {
		problem.message = "A scripted fault."
	}
	writeError(w, problem)
}

func usualReason(httpStatus int) string {
	switch {
	case httpStatus == http.StatusTooManyRequests:
		return "rateLimitExceeded"
	case httpStatus >= http.StatusInternalServerError:
		return "backendError"
	case httpStatus == http.StatusUnauthorized:
		return "authError"
	case httpStatus == http.StatusForbidden:
		return "forbidden"
	default:
		return "badRequest"
	}
}
