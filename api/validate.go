package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/labstack/echo/v4"

	"github.com/creditroll/creditroll/domain/fault"
)

const bodyBytesMax = 1 << 20

// routesOf returns the operations of the document by echo's route names. A second router for
// the document could disagree with echo's.
func routesOf(document *openapi3.T) map[string]*routers.Route {
	routes := map[string]*routers.Route{}
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			routes[method+" "+echoPath(path)] = &routers.Route{
				Spec: document, Path: path, PathItem: item, Method: method, Operation: operation,
			}
		}
	}
	return routes
}

// takesFiles reports whether the body of an operation is a file of any type.
func takesFiles(operation *openapi3.Operation) bool {
	return operation.RequestBody != nil && operation.RequestBody.Value.Content["*/*"] != nil
}

// bodyLimit is how long the body of an operation may be.
func bodyLimit(operation *openapi3.Operation) int64 {
	if limit, ok := operation.Extensions["x-body-bytes-max"].(float64); ok {
		return int64(limit)
	}
	return bodyBytesMax
}

var pathParameter = regexp.MustCompile(`\{([a-z_]+)\}`)

func echoPath(path string) string { return pathParameter.ReplaceAllString(path, ":$1") }

func (s *Server) routeOf(c echo.Context) *routers.Route {
	return s.routes[c.Request().Method+" "+c.Path()]
}

// validate checks a request against the document: types, formats, required and unknown
// fields. The rules of the domain check the values.
func (s *Server) validate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		route := s.routeOf(c)
		body, err := readBody(c, bodyLimit(route.Operation))
		if err != nil {
			return err
		}
		if err := checkBody(c, route.Operation, body); err != nil {
			return err
		}
		c.Set(bodyKey, body)
		request := c.Request()
		request.Body = &readyBody{bytes.NewReader(body), body}
		request.ContentLength = int64(len(body))
		err = openapi3filter.ValidateRequest(request.Context(), &openapi3filter.RequestValidationInput{
			Request: request, PathParams: pathParameters(c), Route: route,
			Options: &openapi3filter.Options{
				AuthenticationFunc:  openapi3filter.NoopAuthenticationFunc,
				SkipSettingDefaults: true,
				ExcludeRequestBody:  takesFiles(route.Operation),
			},
		})
		if err != nil {
			return invalidRequest(err)
		}
		return next(c)
	}
}

// readyBody is a body that is in memory.
type readyBody struct {
	*bytes.Reader
	content []byte
}

// Close does nothing.
func (*readyBody) Close() error { return nil }

// readBody reads at most limit bytes. It refuses a larger body before it is in memory.
func readBody(c echo.Context, limit int64) ([]byte, error) {
	if c.Request().ContentLength > limit {
		return nil, &http.MaxBytesError{Limit: limit}
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, timedOut.Because(err)
	case err != nil && !errors.As(err, &tooLarge):
		return nil, malformedRequest.Because(err)
	}
	return body, err
}

func checkBody(c echo.Context, operation *openapi3.Operation, body []byte) error {
	if len(body) == 0 {
		return nil
	}
	if operation.RequestBody == nil {
		return fault.New(fault.Invalid, "unexpected_body", "this request takes no body: send it without one")
	}
	if takesFiles(operation) {
		return nil
	}
	media, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || media != echo.MIMEApplicationJSON {
		return &httpFault{status: http.StatusUnsupportedMediaType, fault: contentType}
	}
	if !json.Valid(body) {
		return fault.New(fault.Invalid, "malformed_json", "the request body is not one JSON value: check quotes, commas and braces")
	}
	if bytes.Contains(body, []byte(`\u0000`)) {
		return fault.New(fault.Invalid, "malformed_json", "the request body contains a null character (\\u0000): remove it")
	}
	return nil
}

func pathParameters(c echo.Context) map[string]string {
	parameters := map[string]string{}
	for _, name := range c.ParamNames() {
		parameters[name] = c.Param(name)
	}
	return parameters
}

// invalidRequest names the invalid part of a request. It does not quote the value, which may
// name a person.
func invalidRequest(err error) error {
	var request *openapi3filter.RequestError
	if !errors.As(err, &request) {
		return malformedRequest.Because(err)
	}
	field, reason := "", "it does not have the expected type"
	if request.Parameter != nil {
		field = request.Parameter.Name
	}
	var schema *openapi3.SchemaError
	switch {
	case errors.As(err, &schema):
		if pointer := schema.JSONPointer(); len(pointer) > 0 {
			field = strings.Join(pointer, ".")
		}
		schema = innermost(schema)
		reason = schema.Reason
		if schema.Schema != nil && schema.Schema.Format == "uuid" {
			return fault.Field(field, "malformed_id", "%s must be a UUID in lower case", field)
		}
	case errors.Is(err, openapi3filter.ErrInvalidRequired):
		reason = "it is missing"
	}
	if field == "" {
		return fault.New(fault.Invalid, "invalid_request", "the request body is invalid: %s", reason)
	}
	return fault.Field(field, "invalid_request", "%s is invalid: %s", field, reason)
}

// innermost returns the schema error that caused the others.
func innermost(schema *openapi3.SchemaError) *openapi3.SchemaError {
	for {
		var cause *openapi3.SchemaError
		if !errors.As(schema.Origin, &cause) || cause == schema {
			return schema
		}
		schema = cause
	}
}
