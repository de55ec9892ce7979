package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	temporalclient "go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/devstack"
	"github.com/creditroll/creditroll/devstack/process"
	"github.com/creditroll/creditroll/devstack/process/processtest"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/access"
)

const (
	// The limit of every wait. Expected conditions hold much sooner.
	patience = 180 * time.Second
	glance   = 50 * time.Millisecond

	// A cloned database is younger than any token.
	tokenLife = time.Hour

	webhookSecret = "whsec_of_these_tests"
)

var tokenKeys = "k1:" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("k"), 32))

// world is one installation: a database, a namespace, simulators, and an API and a worker in
// separate processes that can be killed.
type world struct {
	t           *testing.T
	stack       *devstack.Stack // simulators, and addresses of the servers
	namespace   string
	environment map[string]string
	logs        *logs

	store    *books.Books
	owner    *pgxpool.Pool // can read and lock everything
	temporal temporalclient.Client
	client   *client.ClientWithResponses
	// approver is another person than the one of client.
	approver *client.ClientWithResponses
	apiURL   string
	token    string

	api, worker *process.Process
}

// worldOptions are the differences of a world from the default.
type worldOptions struct {
	stripe   stripe.Options
	settings map[string]string
	// servers are the database and Temporal servers to use. nil selects the shared ones.
	servers *devstack.Stack
}

func newWorld(t *testing.T, options worldOptions) *world {
	t.Helper()
	servers := options.servers
	if servers == nil {
		servers = sharedStack(t)
	}
	apiAddress := fmt.Sprintf("127.0.0.1:%d", processtest.SteadyPort(t))
	w := &world{t: t, logs: &logs{}, namespace: "world-" + uuid.NewString()[:8], apiURL: "http://" + apiAddress}
	t.Cleanup(w.showLogsOfFailure)

	databaseURL := createDatabase(t, servers.DatabaseURL)
	fees := stripe.Fees()
	options.stripe.FeeBasisPoints, options.stripe.FeeFixedMinor = fees.FeeBasisPoints, fees.FeeFixedMinor
	options.stripe.WebhookURL, options.stripe.WebhookSecret = w.apiURL+"/v1/webhooks/stripe", webhookSecret
	var err error
	w.stack, err = devstack.Start(t.Context(), devstack.Options{
		DatabaseURL: databaseURL, TemporalAddress: servers.TemporalAddress, Stripe: options.stripe, Providers: settings{}.stackProviders(),
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.stack.Stop(context.Background()) })

	w.environment = map[string]string{
		asCommand: "1", "PATH": os.Getenv("PATH"), "HOME": os.Getenv("HOME"),
		"TEMPORAL_NAMESPACE": w.namespace, "CREDITROLL_LISTEN_ADDRESS": apiAddress,
		"CREDITROLL_POLL_TIERS": "1h=1s,max=2s,min=500ms,gone=10s", "CREDITROLL_BATCH_WAIT": "20ms",
		"CREDITROLL_CHECK_INTERVAL": "1s", "CREDITROLL_RELEASE_INTERVAL": "2s", "CREDITROLL_INBOX_INTERVAL": "3s", "CREDITROLL_SEAL_EVERY": "10s",
		"CREDITROLL_PAYOUT_WATCH_INTERVAL": "20s",
		"CREDITROLL_PAYOUT_MINIMUM_MINOR":  "1", "CREDITROLL_PAYOUT_RETRY_INTERVALS": "1s,2s",
		"CREDITROLL_PAYOUT_POLL_INTERVAL": "2s", "CREDITROLL_PAYOUT_POLL_INTERVAL_MAX": "4s", "CREDITROLL_RETURN_WINDOW": "1s", "CREDITROLL_LOG_LEVEL": "info",
		"CREDITROLL_STRIPE_PER_SECOND": "1000", "CREDITROLL_RECONCILE_PER_SECOND": "1000", "CREDITROLL_VIEWS_PER_SECOND": "1000",
		"CREDITROLL_TOKEN_KEYS": tokenKeys, "CREDITROLL_HOLD_MIN": "0s",
	}
	for _, variable := range append(w.stack.Environment(), callbacks(w.apiURL, webhookSecret)...) {
		w.environment[variable.Name] = variable.Value
	}
	maps.Copy(w.environment, options.settings)

	w.connect(databaseURL)
	w.registerNamespace()
	w.runCommand("migrate")
	w.store, err = books.Open(t.Context(), databaseURL, db.Options{MaxConnections: 4})
	require.NoError(t, err)
	t.Cleanup(w.store.DB.Close)
	t.Cleanup(func() { w.killAPI(); w.killWorker() })
	w.startWorker()
	w.startAPI()
	return w
}

var creating sync.Mutex

func createDatabase(t *testing.T, serverURL string) string {
	t.Helper()
	creating.Lock()
	defer creating.Unlock()
	connection, err := pgx.Connect(t.Context(), serverURL)
	require.NoError(t, err)
	defer func() { _ = connection.Close(t.Context()) }()
	name := "world_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	_, err = connection.Exec(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	address, err := url.Parse(serverURL)
	require.NoError(t, err)
	address.Path = "/" + name
	return address.String()
}

func (w *world) connect(databaseURL string) {
	var err error
	w.owner, err = pgxpool.New(w.t.Context(), databaseURL+"&pool_max_conns=4")
	require.NoError(w.t, err)
	w.t.Cleanup(w.owner.Close)
	w.temporal, err = temporalclient.NewLazyClient(temporalclient.Options{
		HostPort: w.stack.TemporalAddress, Namespace: w.namespace, Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(w.t, err)
	w.t.Cleanup(w.temporal.Close)

	keys, err := api.ParseKeys(tokenKeys)
	require.NoError(w.t, err)
	w.token, err = api.MintToken(keys, access.Principal{UserID: "tester", Roles: []access.Role{access.Admin}}, tokenLife)
	require.NoError(w.t, err)
	w.client, err = client.NewClientWithResponses(w.apiURL, client.WithHTTPClient(persistent{w.token}))
	require.NoError(w.t, err)
	approverToken, err := api.MintToken(keys, access.Principal{UserID: "approver", Roles: []access.Role{access.Finance}}, tokenLife)
	require.NoError(w.t, err)
	w.approver, err = client.NewClientWithResponses(w.apiURL, client.WithHTTPClient(persistent{approverToken}))
	require.NoError(w.t, err)
}

func (w *world) registerNamespace() {
	_, err := w.temporal.WorkflowService().RegisterNamespace(w.t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: w.namespace, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	require.NoError(w.t, err)
	w.eventually("the namespace answers", func() bool {
		_, err := w.temporal.CountWorkflow(w.t.Context(), &workflowservice.CountWorkflowExecutionsRequest{})
		return err == nil
	})
}

func (w *world) spec(args ...string) process.Spec {
	environment := make([]string, 0, len(w.environment))
	for name, value := range w.environment {
		environment = append(environment, name+"="+value)
	}
	executable, err := os.Executable()
	require.NoError(w.t, err)
	return process.Spec{
		Name: "creditroll " + strings.Join(args, " "), Path: executable, Args: args, Env: environment,
		WorkDir: w.t.TempDir(), DeathSignal: syscall.SIGKILL, Log: w.logs,
	}
}

var migrating sync.Mutex // roles belong to the server, so first migrations must not run in parallel

func (w *world) runCommand(args ...string) {
	migrating.Lock()
	defer migrating.Unlock()
	require.NoError(w.t, process.Run(w.t.Context(), w.spec(args...)))
}

// startAPI starts the API and returns when it is ready. Like a supervisor, it starts the API
// again if it ends.
func (w *world) startAPI() {
	var err error
	w.api, err = process.Start(w.spec("api"))
	require.NoError(w.t, err)
	w.eventually("the API is ready", func() bool {
		if ended(w.api) {
			w.api, err = process.Start(w.spec("api"))
			require.NoError(w.t, err)
		}
		answer, err := http.Get(w.apiURL + "/readyz")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}

func (w *world) startWorker() {
	var err error
	w.worker, err = process.Start(w.spec("worker"))
	require.NoError(w.t, err)
}

func (w *world) killAPI() {
	if w.api != nil {
		require.NoError(w.t, w.api.Kill())
	}
}

func (w *world) killWorker() {
	if w.worker != nil {
		require.NoError(w.t, w.worker.Kill())
	}
}

func ended(p *process.Process) bool {
	select {
	case <-p.Done():
		return true
	default:
		return false
	}
}

// eventually waits until a condition holds.
func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	require.Eventually(w.t, holds, patience, glance, what)
}

// logs keeps the output of a world's processes, for failed tests.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

const logLinesMax = 80

// Write keeps everything, because a world is short-lived.
func (l *logs) Write(printed []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(printed)
}

func (w *world) showLogsOfFailure() {
	if !w.t.Failed() {
		return
	}
	w.logs.mu.Lock()
	defer w.logs.mu.Unlock()
	lines := strings.Split(w.logs.text.String(), "\n")
	w.t.Log("the processes printed at last:\n" + strings.Join(lines[max(0, len(lines)-logLinesMax):], "\n"))
}
