package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/cmd/creditroll/internal/demo"
	"github.com/creditroll/creditroll/devstack"
	"github.com/creditroll/creditroll/devstack/process"
	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/providers"
)

type demoFlags struct {
	json, keep bool
	curves     string
	seed       uint64
}

func newDemo() *cobra.Command {
	var flags demoFlags
	command := &cobra.Command{
		Use: "demo", Short: "Play a small world in compressed time, and check every promise", Args: cobra.NoArgs,
		Long: "Plays a small world in compressed time and checks every promise. It runs on a stack that is removed\n" +
			"afterwards, or on what DATABASE_URL, TEMPORAL_ADDRESS and the *_API_BASE variables name. It ends\n" +
			"with a non-zero exit code if a promise is broken.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDemo(cmd.Context(), flags, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	command.Flags().BoolVar(&flags.json, "json", false, "print one JSON object as the last line of stdout; progress goes to stderr")
	command.Flags().BoolVar(&flags.keep, "keep", false, "leave the stack running until Ctrl-C, to look around")
	command.Flags().StringVar(&flags.curves, "curves", "", "replay view counts from a CSV file with the header video_id,day,views,likes,comments")
	command.Flags().Uint64Var(&flags.seed, "seed", 1, "seed of the simulated view counts")
	return command
}

// runDemo plays the demo, prints the outcome, and stops everything that it started.
func runDemo(ctx context.Context, flags demoFlags, out, progress io.Writer) (err error) {
	options, err := demoOptions(flags)
	if err != nil {
		return err
	}
	ctx, interrupt := context.WithCancel(ctx)
	defer interrupt()
	narrator := chooseNarrator(flags, out, progress, interrupt)
	defer narrator.Close()

	outcome, stop, err := demo.Run(ctx, options, narrator)
	defer func() { err = errors.Join(err, stop()) }()
	if err != nil {
		return interrupted(ctx, err)
	}
	narrator.Close()
	if flags.json {
		outcome.PrintPlaces(progress)
		err = printJSON(out, outcome.Summary)
	} else {
		outcome.Print(out)
	}
	if flags.keep && err == nil {
		fmt.Fprintf(progress, "Everything runs until Ctrl-C. A token: CREDITROLL_TOKEN_KEYS=%s creditroll token --role finance --user YOUR_ID\n", options.TokenKeys)
		<-ctx.Done()
	}
	return errors.Join(err, outcome.Broken())
}

// interrupted replaces the errors that follow an interruption with one line.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.New("the demo was interrupted; everything that it started is stopped")
	}
	return err
}

func chooseNarrator(flags demoFlags, out, progress io.Writer, interrupt func()) demo.Narrator {
	if flags.json {
		return demo.NewPlain(progress)
	}
	if file, ok := out.(*os.File); ok && term.IsTerminal(file.Fd()) && term.IsTerminal(os.Stdin.Fd()) {
		return demo.NewTerminal(os.Stdin, file, interrupt)
	}
	return demo.NewPlain(out)
}

// demoOptions reads flags and environment. It generates what neither of them gives.
func demoOptions(flags demoFlags) (demo.Options, error) {
	s, err := readSettings(nil)
	if err != nil {
		return demo.Options{}, err
	}
	temporal, err := temporalOptions()
	if err != nil {
		return demo.Options{}, err
	}
	temporal.Logger = quietTemporal{}
	executable, err := os.Executable()
	if err != nil {
		return demo.Options{}, fmt.Errorf("find creditroll's own executable: %w", err)
	}
	options := demo.Options{
		Seed: flags.seed, Keep: flags.keep, Temporal: temporal, Executable: executable, Environment: os.Environ(),
		ListenAddress: os.Getenv("CREDITROLL_LISTEN_ADDRESS"), TokenKeys: s.TokenKeys, StripeKey: s.StripeAPIKey,
		Providers: registrations(), Chains: s.Chains.byPlatform.Over(providers.DefaultChains(registrations())), Credentials: map[string]string{},
		Stack: devstack.Options{
			DatabaseURL: s.DatabaseURL, TemporalAddress: os.Getenv("TEMPORAL_ADDRESS"), Namespace: temporal.Namespace,
			StripeAPIBase: s.StripeAPIBase, Providers: s.stackProviders(),
		},
	}
	if options.TokenKeys == "" {
		options.TokenKeys = "demo:" + rand.Text() + rand.Text()
	}
	if options.StripeKey == "" {
		options.StripeKey = devstack.SimulatedStripeKey
	}
	for _, each := range registered {
		options.Credentials[each.Name] = cmp.Or(s.Providers[each.Name].Credential, devstack.SimulatedCredential)
	}
	if options.WebhookSecret = "whsec_" + rand.Text(); len(s.StripeWebhookSecrets) > 0 {
		options.WebhookSecret = s.StripeWebhookSecrets[0]
	}
	if options.ListenAddress == "" {
		ports, err := process.FreePorts(1)
		if err != nil {
			return options, err
		}
		options.ListenAddress = "127.0.0.1:" + strconv.Itoa(ports[0])
	}
	options.Recordings, err = readRecordings(flags.curves)
	options.Stack.Recordings = options.Recordings
	return options, err
}

func readRecordings(path string) (curves.Recordings, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--curves: %w", err)
	}
	defer func() { _ = file.Close() }()
	recordings, err := curves.ParseRecordings(file)
	if err == nil && len(recordings) == 0 {
		err = errors.New("it has no readings")
	}
	if err != nil {
		return nil, fmt.Errorf("--curves %s: %w", path, err)
	}
	return recordings, nil
}

// quietTemporal drops the log of the engine's client, which would disturb the display.
type quietTemporal struct{}

func (quietTemporal) Debug(string, ...any) {}
func (quietTemporal) Info(string, ...any)  {}
func (quietTemporal) Warn(string, ...any)  {}
func (quietTemporal) Error(string, ...any) {}
