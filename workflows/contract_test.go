package workflows_test

import (
	"encoding"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/payments/stripe"
	"github.com/creditroll/creditroll/workflows"
)

var updateContract = flag.Bool("update", false, "write testdata/payloads.txt")

// The names and types of everything that travels through Temporal. Running workflows were
// started with them, and finance reads them in the Temporal UI, so a name that changes here
// breaks both. Add a name next to an old one, and remove the old one when no history has it.
func TestPayloadContract(t *testing.T) {
	t.Parallel()
	file := filepath.Join("testdata", "payloads.txt")
	described := describePayloads(t)

	if *updateContract {
		require.NoError(t, os.WriteFile(file, []byte(described), 0o600))
	}

	contract, err := os.ReadFile(file)
	require.NoError(t, err)
	kept, now := strings.Split(string(contract), "\n"), strings.Split(described, "\n")
	for _, line := range kept {
		require.Contains(t, now, line, "this is a wire name: running workflows and finance depend on it (go test ./workflows -run TestPayloadContract -update)")
	}
	for _, line := range now {
		require.Contains(t, kept, line, "a new wire name: check it, then go test ./workflows -run TestPayloadContract -update")
	}
}

// updates are what people send to workflows, with the answers.
var updates = map[string]struct{ in, out any }{
	"CampaignLifecycle " + workflows.UpdateCreated:    {nil, campaign.Status("")},
	"CampaignLifecycle " + workflows.UpdateTransition: {workflows.Transition{}, campaign.Status("")},
	"CampaignLifecycle " + workflows.UpdateFund:       {workflows.Fund{}, workflows.FundingStarted{}},
	"CampaignLifecycle " + workflows.UpdateAmend:      {workflows.Amend{}, campaign.Amended{}},
	"CampaignLifecycle " + workflows.UpdateRetry:      {workflows.Operator{}, campaign.Status("")},
	"Deposit " + workflows.UpdateCreated:              {nil, workflows.DepositStarted{}},
	"Deposit " + workflows.UpdateCancel:               {workflows.Operator{}, funding.DepositStatus("")},
	"Withdrawal " + workflows.UpdateReserved:          {nil, funding.WithdrawalStatus("")},
	"Withdrawal " + workflows.UpdateCancel:            {workflows.Operator{}, funding.WithdrawalStatus("")},
	"Withdrawal " + workflows.UpdateRetry:             {workflows.Operator{}, funding.WithdrawalStatus("")},
	"ConvertedPayment " + workflows.UpdateRetry:       {workflows.Operator{}, int64(0)},
	"ClipTracking " + workflows.UpdateSubmitted:       {nil, clip.Status("")},
	"ClipTracking " + workflows.UpdateRestored:        {workflows.Restored{}, clip.Status("")},
	"ClipTracking " + workflows.UpdateReview:          {workflows.Review{}, clip.Status("")},
	"ChannelProof " + workflows.UpdateIssued:          {workflows.ProofAsked{}, clip.ProofState{}},
	"ChannelProof " + workflows.UpdateCancel:          {workflows.Operator{}, clip.ProofState{}},
	"PayoutRun " + workflows.UpdateApprove:            {workflows.Operator{}, nil},
	"PayoutRun " + workflows.UpdateCancel:             {workflows.Operator{}, nil},
	"PayoutRun " + workflows.UpdateExclude:            {workflows.RunExclusion{}, nil},
	"CreatorPayout " + workflows.UpdateRetry:          {workflows.Operator{}, payout.Status("")},
	"CreatorPayout " + workflows.UpdateCancel:         {workflows.Operator{}, payout.Status("")},
	"CreatorPayout " + workflows.UpdateReserved:       {nil, workflows.InstantReserved{}},
	"CreatorPayout " + workflows.UpdateResolve:        {workflows.Operator{}, payout.Status("")},
	"Adoption " + workflows.UpdateProposed:            {nil, adoption.Status("")},
	"Adoption " + workflows.UpdateApprove:             {workflows.Operator{}, adoption.Status("")},
	"Adoption " + workflows.UpdateReject:              {workflows.Operator{}, adoption.Status("")},
	"Adoption " + workflows.UpdateRetry:               {workflows.Operator{}, adoption.Status("")},
	"Adoption " + workflows.UpdateCancel:              {workflows.Operator{}, adoption.Status("")},
	"Correction " + workflows.UpdateProposed:          {nil, correction.Status("")},
	"Correction " + workflows.UpdateApprove:           {workflows.Operator{}, correction.Status("")},
	"Correction " + workflows.UpdateReject:            {workflows.Operator{}, correction.Status("")},
}

// signals are sent to workflows, all but the late reading without a payload.
var signals = []string{
	workflows.SignalStripeChanged, workflows.SignalAccountChanged, workflows.SignalAccountEvent, workflows.SignalBankAccountChanged, workflows.SignalBooksChanged, workflows.SignalBudgetExhausted, workflows.SignalBudgetNearlySpent,
	workflows.SignalFinalSweep, workflows.SignalRead, workflows.SignalChannelChanged, workflows.SignalLateReading, workflows.SignalWake,
}

// Handlers cannot be listed by reflection, so their registrations are counted in the source.
func TestPayloadContractHasAllMessages(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	handlers, declared := 0, 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		handlers += strings.Count(string(source), "workflow.SetUpdateHandlerWithOptions(ctx,")
		declared += len(regexp.MustCompile(`(?m)^\tSignal[A-Z]\w* +=`).FindAll(source, -1))
	}
	require.Len(t, updates, handlers, "add the new update to the map updates of this file")
	require.Len(t, signals, declared, "add the new signal to the list signals of this file")
}

func describePayloads(t *testing.T) string {
	t.Helper()
	registered := &registrations{t: t}
	workflows.Register(registered)
	rail, err := stripe.New(stripe.Config{APIKey: "sk_test_contract"})
	require.NoError(t, err)
	activities.Ledger{Books: &books.Books{}}.Register(registered)
	activities.Payments{Rail: rail}.Register(registered)
	activities.Payments{Rail: rail}.RegisterReads(registered)
	activities.Views{}.Register(registered)
	activities.Storage{}.Register(registered)
	for name, messages := range updates {
		registered.add("update "+name, reflect.TypeOf(messages.in), reflect.TypeOf(messages.out))
	}
	for _, signal := range signals {
		registered.lines = append(registered.lines, "signal "+signal)
	}
	slices.Sort(registered.lines)
	return strings.Join(registered.lines, "\n") + "\n"
}

// registrations describes what is registered instead of running it.
type registrations struct {
	t     *testing.T
	lines []string
}

func (r *registrations) RegisterWorkflowWithOptions(function any, options workflow.RegisterOptions) {
	r.addFunction("workflow "+options.Name, function)
}

func (r *registrations) RegisterActivityWithOptions(function any, options activity.RegisterOptions) {
	r.addFunction("activity "+options.Name, function)
}

func (r *registrations) addFunction(name string, function any) {
	signature := reflect.TypeOf(function)
	if movesMoney := signature.NumIn() == 3 && signature.In(2) == reflect.TypeFor[activities.Valid](); !movesMoney {
		require.LessOrEqual(r.t, signature.NumIn(), 2, "%s has one argument besides its context", name)
	}
	var in, out reflect.Type
	if signature.NumIn() > 1 {
		in = signature.In(1)
	}
	if signature.NumOut() == 2 {
		out = signature.Out(0)
	}
	r.add(name, in, out)
	if signature.NumIn() == 3 {
		r.describe(name+" valid", signature.In(2), nil)
	}
}

func (r *registrations) add(name string, in, out reflect.Type) {
	r.lines = append(r.lines, name)
	r.describe(name+" in", in, nil)
	r.describe(name+" out", out, nil)
}

var (
	timeType = reflect.TypeFor[time.Time]()
	textType = reflect.TypeFor[encoding.TextMarshaler]()
	jsonType = reflect.TypeFor[json.Marshaler]()
)

// describe adds one line for each value: its path and its kind in JSON.
func (r *registrations) describe(path string, of reflect.Type, within []reflect.Type) {
	switch {
	case of == nil:
		return
	case of == timeType:
		r.lines = append(r.lines, path+" time")
		return
	case of.Implements(textType), reflect.PointerTo(of).Implements(textType):
		r.lines = append(r.lines, path+" text")
		return
	}
	require.False(r.t, of.Implements(jsonType) || reflect.PointerTo(of).Implements(jsonType), "%s writes its own JSON: describe it here", path)
	switch of.Kind() {
	case reflect.Pointer:
		r.describe(path, of.Elem(), within)
	case reflect.Slice, reflect.Array:
		r.describe(path+"[]", of.Elem(), within)
	case reflect.Map:
		r.describe(path+"{}", of.Elem(), within)
	case reflect.Struct:
		require.NotContains(r.t, within, of, "%s contains itself", path)
		r.describeFields(path, of, append(within, of))
	case reflect.String, reflect.Bool:
		r.lines = append(r.lines, path+" "+of.Kind().String())
	case reflect.Int, reflect.Int32, reflect.Int64:
		require.NotEqual(r.t, reflect.TypeFor[time.Duration](), of, "%s is a number of nanoseconds, which people cannot read: use duration.Text", path)
		r.lines = append(r.lines, path+" number")
	default:
		require.Fail(r.t, "unforeseen payload", "%s is a %s", path, of)
	}
}

func (r *registrations) describeFields(path string, of reflect.Type, within []reflect.Type) {
	for i := range of.NumField() {
		field := of.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" || !field.IsExported() && !field.Anonymous:
		case field.Anonymous && name == "":
			r.describeFields(path, field.Type, within)
		default:
			require.NotEmpty(r.t, name, "%s: field %s of %s has no wire name", path, field.Name, of)
			require.Equal(r.t, strings.ToLower(name), name, "%s: wire names are in snake_case", path)
			r.describe(fmt.Sprintf("%s.%s", path, name), field.Type, within)
		}
	}
}
