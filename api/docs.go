package api

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
	"github.com/swaggest/swgui/v5emb"
)

//go:embed openapi.yaml
var document []byte

// loadDocument reads the document and sets publicURL as its server.
func loadDocument(publicURL string) (*openapi3.T, []byte, error) {
	loaded, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, nil, fmt.Errorf("load openapi.yaml: %w", err)
	}
	if publicURL != "" {
		loaded.Servers = openapi3.Servers{{URL: publicURL}}
	}
	asJSON, err := json.Marshal(loaded)
	if err != nil {
		return nil, nil, fmt.Errorf("write openapi.json: %w", err)
	}
	return loaded, asJSON, nil
}

// docsPolicy allows only the scripts that are embedded in the binary.
const docsPolicy = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"

func (s *Server) serveDocs(asJSON []byte) {
	s.echo.GET("/openapi.json", func(c echo.Context) error {
		return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, asJSON)
	})
	s.echo.GET("/openapi.yaml", func(c echo.Context) error {
		return c.Blob(http.StatusOK, "application/yaml", document)
	})
	page := echo.WrapHandler(v5emb.New("Creditroll", "/openapi.json", "/docs/"))
	docs := func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderContentSecurityPolicy, docsPolicy)
		return page(c)
	}
	s.echo.GET("/docs", docs)
	s.echo.GET("/docs/*", docs)
}
