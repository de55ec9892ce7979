package api

//go:generate ../.bin/oapi-codegen -config server.config.yaml openapi.yaml
//go:generate ../.bin/oapi-codegen -config client.config.yaml openapi.yaml
