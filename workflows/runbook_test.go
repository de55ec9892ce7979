package workflows_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// reasonsInCode returns the reasons that the sources of this package give as text. The others
// are values of payout.Reason.
func reasonsInCode(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var reasons []string
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(node ast.Node) bool {
			literal, ok := node.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if name, ok := literal.Type.(*ast.Ident); !ok || name.Name != "attention" {
				return true
			}
			for _, element := range literal.Elts {
				field, ok := element.(*ast.KeyValueExpr)
				if !ok || field.Key.(*ast.Ident).Name != "Reason" {
					continue
				}
				if text, ok := field.Value.(*ast.BasicLit); ok {
					reason, err := strconv.Unquote(text.Value)
					require.NoError(t, err)
					reasons = append(reasons, reason)
				}
			}
			return true
		})
	}
	return reasons
}

func TestRunbook(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/guides/runbook.md")
	require.NoError(t, err)
	reasons := reasonsInCode(t)
	require.Contains(t, reasons, "internal_error")
	require.Contains(t, reasons, "books_differ")
	for _, reason := range payout.Reasons() {
		reasons = append(reasons, string(reason))
	}
	slices.Sort(reasons)

	for _, reason := range slices.Compact(reasons) {
		t.Run("has one heading for "+reason, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, 1, strings.Count(string(text), "\n### "+reason+"\n"))
			require.Equal(t, "docs/guides/runbook.md#"+reason, names.RunbookLink(reason))
		})
	}

	for _, reason := range payout.Reasons() {
		t.Run("is named where "+string(reason)+" is explained", func(t *testing.T) {
			t.Parallel()

			require.NotEmpty(t, reason.Advice())
			require.True(t, strings.HasSuffix(reason.Explain(), " See "+names.RunbookLink(string(reason))+"."), reason.Explain())
		})
	}
}
