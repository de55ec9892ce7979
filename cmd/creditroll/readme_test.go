package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// variablesRead returns every environment variable that the binary reads, with its default.
// Temporal's standard variables are represented by the two that have a default here.
func variablesRead() map[string]string {
	read := map[string]string{"TEMPORAL_ADDRESS": temporalAddressDefault, "TEMPORAL_NAMESPACE": temporalNamespaceDefault}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[settings]()) {
		if name := field.Tag.Get("env"); name != "" && name != "-" {
			read[name] = field.Tag.Get("envDefault")
		}
	}
	for _, each := range registered {
		read[each.CredentialVariable], read[each.BaseURLVariable] = "", ""
		for _, variable := range each.Variables {
			read[variable.Name] = variable.Default
		}
		if each.Callback != nil {
			read[each.Callback.SecretVariable] = ""
		}
	}
	return read
}

func TestSettingsAreAllVariablesThatAreRead(t *testing.T) {
	t.Parallel()

	t.Run("the code reads no variable past them", func(t *testing.T) {
		t.Parallel()
		names := slices.Collect(maps.Keys(variablesRead()))

		require.NoError(t, filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			require.Subset(t, names, literalsRead(t, path), "settings.go does not have what %s reads", path)
			return nil
		}))
	})
}

// literalsRead returns the names that a file passes to os.Getenv and os.LookupEnv.
func literalsRead(t *testing.T, path string) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok || !isFunction(call.Fun, "os", "Getenv") && !isFunction(call.Fun, "os", "LookupEnv") {
			return true
		}
		if literal, ok := call.Args[0].(*ast.BasicLit); ok {
			name, err := strconv.Unquote(literal.Value)
			require.NoError(t, err)
			names = append(names, name)
		}
		return true
	})
	return names
}

// documented is a row of README.md's table of settings.
type documented struct {
	variables []string
	// defaults are the values in code quotes; words about a default are not.
	defaults []string
	meaning  string
}

var quoted = regexp.MustCompile("`([^`]*)`")

func readREADME(t *testing.T) (rows []documented) {
	t.Helper()
	content, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(content), "\n## Settings\n")
	require.True(t, found, "README.md has no section on settings")
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.TrimSpace(line), "|") // with nothing before the first and after the last
		if len(cells) != 5 || !quoted.MatchString(cells[1]) {
			continue
		}
		rows = append(rows, documented{variables: unquoted(cells[1]), defaults: unquoted(cells[2]), meaning: strings.TrimSpace(cells[3])})
	}
	return rows
}

func unquoted(cell string) (values []string) {
	for _, match := range quoted.FindAllStringSubmatch(cell, -1) {
		values = append(values, match[1])
	}
	return values
}

func TestREADME(t *testing.T) {
	t.Parallel()
	read, rows := variablesRead(), readREADME(t)

	t.Run("documents every variable that the binary reads once, and no other", func(t *testing.T) {
		t.Parallel()
		var names []string
		for _, row := range rows {
			names = append(names, row.variables...)
		}

		require.ElementsMatch(t, slices.Collect(maps.Keys(read)), names)
	})

	t.Run("shows the defaults that the settings have", func(t *testing.T) {
		t.Parallel()
		for _, row := range rows {
			var defaults []string
			for _, name := range row.variables {
				if read[name] != "" {
					defaults = append(defaults, read[name])
				}
			}
			require.Equal(t, defaults, row.defaults, "of %s", row.variables)
		}
	})

	for _, each := range registered {
		t.Run("describes "+each.Name+" as its registration does", func(t *testing.T) {
			t.Parallel()
			place := slices.IndexFunc(rows, func(row documented) bool { return slices.Contains(row.variables, each.CredentialVariable) })
			require.GreaterOrEqual(t, place, 0, "README.md has no row for %s", each.CredentialVariable)

			require.Equal(t, each.Help, rows[place].meaning)
		})
	}
}

func TestCompose(t *testing.T) {
	t.Parallel()

	t.Run("hands on every variable that API and worker read, and no other", func(t *testing.T) {
		t.Parallel()
		read := variablesRead()
		delete(read, "CREDITROLL_LISTEN_ADDRESS") // the image has it
		delete(read, "CREDITROLL_STATE_DIR")      // only `creditroll dev` keeps state

		require.ElementsMatch(t, slices.Collect(maps.Keys(read)), composeEnvironment(t))
	})
}

var composeVariable = regexp.MustCompile(`(?m)^  ([A-Z_]+):`)

// composeEnvironment returns the names in the environment that the services share.
func composeEnvironment(t *testing.T) (names []string) {
	t.Helper()
	content, err := os.ReadFile("../../docker-compose.yml")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(content), "\nx-environment:")
	require.True(t, found, "docker-compose.yml has no x-environment")
	section, _, _ = strings.Cut(section, "\n\n")
	for _, match := range composeVariable.FindAllStringSubmatch(section, -1) {
		names = append(names, match[1])
	}
	return names
}
