package clip

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// notReasons are the text constants of this package that no clip ends for.
var notReasons = []string{
	"Flagged", // it holds a clip
	"RuleActor", "WaitingUnreadable", "WaitingForQuota",
	"DecidedInError", "PostIsBack", // they restore a clip
	"CodePrefix", "CodeAlphabet", "CodeSeen", "CodeAbsent", "PostOfAnother", // they are about the proof of a channel
}

// reasonsInCode returns the values of the constants in this package that are, or may be, the reason of a clip: those
// without a type, codes of decisions, and kinds of posts without a counter.
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
		for _, declared := range file.Decls {
			constants, ok := declared.(*ast.GenDecl)
			if !ok || constants.Tok != token.CONST {
				continue
			}
			for _, spec := range constants.Specs {
				reasons = append(reasons, reasonIn(t, spec.(*ast.ValueSpec))...)
			}
		}
	}
	return reasons
}

func reasonIn(t *testing.T, spec *ast.ValueSpec) []string {
	t.Helper()
	if kind, typed := spec.Type.(*ast.Ident); typed && kind.Name != "Code" && kind.Name != "Counterless" {
		return nil
	}
	if len(spec.Values) != 1 || slices.Contains(notReasons, spec.Names[0].Name) {
		return nil
	}
	text, ok := spec.Values[0].(*ast.BasicLit)
	if !ok || text.Kind != token.STRING {
		return nil
	}
	reason, err := strconv.Unquote(text.Value)
	require.NoError(t, err)
	if strings.Trim(reason, "abcdefghijklmnopqrstuvwxyz_") != "" { // no code: a pattern, a text
		return nil
	}
	return []string{reason}
}

func TestEveryReasonIsExplained(t *testing.T) {
	t.Parallel()
	ends := reasonsInCode(t)
	require.Contains(t, ends, UnconfirmedCount)
	require.Contains(t, ends, RejectedDuplicate)
	for _, decision := range []Decision{Reject, Remove} {
		for _, code := range decision.Codes() {
			require.Contains(t, ends, string(code))
		}
	}
	holds := []string{WaitingForProof, WaitingUnreadable, WaitingForQuota}
	for reason := range vanished {
		if reason != NotVerifiable {
			ends, holds = append(ends, reason), append(holds, reason)
		}
	}
	for _, reason := range ends {
		if IsCounterless(reason) {
			holds = append(holds, reason)
		}
	}

	for _, reason := range append(ends, Flagged) {
		t.Run("that ends a clip: "+reason, func(t *testing.T) {
			t.Parallel()
			for _, over := range []bool{false, true} {
				explained, ok := ExplainEnd(reason, over)

				require.True(t, ok)
				require.NotEmpty(t, explained.Text)
				require.Contains(t, []Actor{ByCreator, ByReviewer, ByPlatform, NoActor}, explained.Next)
			}
		})
	}
	for _, reason := range holds {
		t.Run("that a clip waits for: "+reason, func(t *testing.T) {
			t.Parallel()
			explained, ok := ExplainWaiting(reason)

			require.True(t, ok)
			require.NotEmpty(t, explained.Text)
			require.NotEmpty(t, explained.Next)
		})
	}
	t.Run("that a clip is in review", func(t *testing.T) {
		t.Parallel()
		for _, closed := range []bool{false, true} {
			require.NotEmpty(t, ExplainReview(closed).Text)
			require.Equal(t, ByReviewer, ExplainReview(closed).Next)
		}
	})
}
