package adoption_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/fault"
)

func TestFailureOf(t *testing.T) {
	t.Parallel()
	down := fault.New(fault.Unavailable, "processor_error", "Stripe has failed").Because(errors.New("a secret"))

	require.Equal(t, adoption.Failure{Code: "processor_error", Detail: "Stripe has failed"}, adoption.FailureOf(fmt.Errorf("read: %w", down)))
	require.Equal(t, "internal", adoption.FailureOf(errors.New("a secret")).Code)
	require.NotContains(t, adoption.FailureOf(errors.New("a secret")).Detail, "secret")
	long := adoption.FailureOf(fault.New(fault.Internal, "x", "%s", strings.Repeat("ü", 2000))).Detail
	require.True(t, utf8.ValidString(long))
	require.Equal(t, 500, utf8.RuneCountInString(long))
}
