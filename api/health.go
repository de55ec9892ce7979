package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// serveHealth needs no token, because load balancers have none.
func (s *Server) serveHealth() {
	s.echo.GET("/healthz", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	s.echo.GET("/readyz", func(c echo.Context) error {
		if err := s.config.Store.DB.Ready(c.Request().Context()); err != nil {
			return err
		}
		return c.NoContent(http.StatusOK)
	})
}
