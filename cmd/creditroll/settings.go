package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// settings are what the environment configures. README.md lists the same names.
type settings struct {
	DatabaseURL string `env:"DATABASE_URL"`

	StripeAPIKey         string   `env:"STRIPE_API_KEY"`
	StripeAPIBase        string   `env:"STRIPE_API_BASE"`
	StripeWebhookSecrets []string `env:"STRIPE_WEBHOOK_SECRETS"`
	// Providers are the settings of the registered view providers, by name. Registrations
	// name the variables.
	Providers map[string]providers.Config `env:"-"`
	// Chains are in the place of the default ones of the platforms that they name.
	Chains chains `env:"CREDITROLL_CHAINS"`

	ListenAddress string `env:"CREDITROLL_LISTEN_ADDRESS" envDefault:"127.0.0.1:8080"`
	PublicURL     string `env:"CREDITROLL_PUBLIC_URL"`
	TokenKeys     string `env:"CREDITROLL_TOKEN_KEYS"`
	// AccountReturnHosts are where a creator can be sent after the onboarding at Stripe.
	AccountReturnHosts []string      `env:"CREDITROLL_ACCOUNT_RETURN_HOSTS"`
	AccountCoolingOff  time.Duration `env:"CREDITROLL_ACCOUNT_COOLING_OFF" envDefault:"72h"`
	// BrandVerification has the budgets above which a campaign needs a verified brand.
	BrandVerification limits `env:"CREDITROLL_BRAND_VERIFICATION_ABOVE_MINOR"`
	// What the platform decides for the terms of new campaigns.
	FeeBasisPoints           int               `env:"CREDITROLL_FEE_BASIS_POINTS" envDefault:"1000"`
	HoldMin                  time.Duration     `env:"CREDITROLL_HOLD_MIN" envDefault:"24h"`
	TrackingCostMaxMicros    int64             `env:"CREDITROLL_TRACKING_COST_MAX_MICROS" envDefault:"0"`
	CardReleaseAge           time.Duration     `env:"CREDITROLL_CARD_RELEASE_AGE"`
	ProcessingFeePaidBy      campaign.FeePayer `env:"CREDITROLL_PROCESSING_FEE_PAID_BY" envDefault:"brand"`
	ProcessingFeeBasisPoints int               `env:"CREDITROLL_PROCESSING_FEE_BASIS_POINTS" envDefault:"290"`
	ProcessingFeeFixedMinor  limits            `env:"CREDITROLL_PROCESSING_FEE_FIXED_MINOR" envDefault:"USD=30,EUR=30,GBP=30,CAD=30,AUD=30"`
	// PaymentMaxMinor are the highest amounts of one payment of a brand.
	PaymentMaxMinor limits `env:"CREDITROLL_PAYMENT_MAX_MINOR"`
	// SettledCurrencies are those that Stripe does not convert for the platform. Empty: as Stripe shows.
	SettledCurrencies currencies `env:"CREDITROLL_SETTLED_CURRENCIES"`

	// Files are kept in BlobsDir, by default the folder "blobs" of StateDir, or at BlobsURL.
	BlobsDir          string        `env:"CREDITROLL_BLOBS_DIR"`
	BlobsURL          string        `env:"CREDITROLL_BLOBS_URL"`
	EvidenceRetention time.Duration `env:"CREDITROLL_EVIDENCE_RETENTION" envDefault:"4320h"`
	EvidenceEvery     time.Duration `env:"CREDITROLL_EVIDENCE_EVERY" envDefault:"24h"`

	StateDir string     `env:"CREDITROLL_STATE_DIR" envDefault:".creditroll"`
	LogLevel slog.Level `env:"CREDITROLL_LOG_LEVEL" envDefault:"info"`

	PollTiers   tiers         `env:"CREDITROLL_POLL_TIERS"`
	BatchWait   time.Duration `env:"CREDITROLL_BATCH_WAIT" envDefault:"250ms"`
	CircuitOpen time.Duration `env:"CREDITROLL_CIRCUIT_OPEN" envDefault:"1m"`
	// ProviderQuotas changes the limits of providers.
	ProviderQuotas string `env:"CREDITROLL_PROVIDER_QUOTAS"`
	// A provider that fails for ProviderFailingAfter needs attention.
	ProviderCheckEvery   time.Duration `env:"CREDITROLL_PROVIDER_CHECK_EVERY" envDefault:"5m"`
	ProviderFailingAfter time.Duration `env:"CREDITROLL_PROVIDER_FAILING_AFTER" envDefault:"10m"`

	ViewsRate     float64 `env:"CREDITROLL_VIEWS_PER_SECOND" envDefault:"200"`
	StripeRate    float64 `env:"CREDITROLL_STRIPE_PER_SECOND" envDefault:"15"`
	ReconcileRate float64 `env:"CREDITROLL_RECONCILE_PER_SECOND" envDefault:"10"`

	CheckInterval         time.Duration   `env:"CREDITROLL_CHECK_INTERVAL" envDefault:"15m"`
	ReleaseInterval       time.Duration   `env:"CREDITROLL_RELEASE_INTERVAL" envDefault:"10m"`
	InboxInterval         time.Duration   `env:"CREDITROLL_INBOX_INTERVAL" envDefault:"1m"`
	SnapshotInterval      time.Duration   `env:"CREDITROLL_SNAPSHOT_INTERVAL" envDefault:"1m"`
	SealInterval          time.Duration   `env:"CREDITROLL_SEAL_EVERY" envDefault:"10m"`
	ReconcileEvery        time.Duration   `env:"CREDITROLL_RECONCILE_EVERY" envDefault:"5m"`
	ReconcileWholeEvery   time.Duration   `env:"CREDITROLL_RECONCILE_WHOLE_EVERY" envDefault:"24h"`
	ReconcileWindow       time.Duration   `env:"CREDITROLL_RECONCILE_WINDOW" envDefault:"192h"`
	ReconcileGrace        time.Duration   `env:"CREDITROLL_RECONCILE_GRACE" envDefault:"5m"`
	SolvencyGapAfter      time.Duration   `env:"CREDITROLL_SOLVENCY_GAP_AFTER" envDefault:"30m"`
	PayoutRunCron         string          `env:"CREDITROLL_PAYOUT_RUN_CRON" envDefault:"0 9 * * MON"`
	PayoutMinimumMinor    payout.Minimums `env:"CREDITROLL_PAYOUT_MINIMUM_MINOR" envDefault:"1000"`
	PayoutRetries         []duration.Text `env:"CREDITROLL_PAYOUT_RETRY_INTERVALS" envDefault:"1m,10m,1h,6h"`
	PayoutPollInterval    time.Duration   `env:"CREDITROLL_PAYOUT_POLL_INTERVAL" envDefault:"15m"`
	PayoutPollIntervalMax time.Duration   `env:"CREDITROLL_PAYOUT_POLL_INTERVAL_MAX" envDefault:"24h"`
	PayoutUnreadableAfter time.Duration   `env:"CREDITROLL_PAYOUT_UNREADABLE_AFTER" envDefault:"24h"`
	PayoutLateAfter       time.Duration   `env:"CREDITROLL_PAYOUT_LATE_AFTER" envDefault:"72h"`
	ReturnWindow          time.Duration   `env:"CREDITROLL_RETURN_WINDOW" envDefault:"168h"`
	ReturnDeadline        time.Duration   `env:"CREDITROLL_RETURN_DEADLINE" envDefault:"720h"`
	PayoutApprovalAbove   int             `env:"CREDITROLL_PAYOUT_APPROVAL_ABOVE" envDefault:"500"`
	PayoutPendingMax      int64           `env:"CREDITROLL_PAYOUT_PENDING_MAX" envDefault:"500"`
	PayoutApprovalMinor   limits          `env:"CREDITROLL_PAYOUT_APPROVAL_ABOVE_MINOR"`
	PayoutWatchInterval   time.Duration   `env:"CREDITROLL_PAYOUT_WATCH_INTERVAL" envDefault:"15m"`

	// Instant payouts are offered in the currencies that have a maximum: none by default.
	InstantMaximumMinor    limits           `env:"CREDITROLL_INSTANT_PAYOUT_MAXIMUM_MINOR"`
	InstantMinimumMinor    payout.Minimums  `env:"CREDITROLL_INSTANT_PAYOUT_MINIMUM_MINOR" envDefault:"1000"`
	InstantFeeBasisPoints  int64            `env:"CREDITROLL_INSTANT_PAYOUT_FEE_BASIS_POINTS" envDefault:"100"`
	InstantFeeMinimumMinor limits           `env:"CREDITROLL_INSTANT_PAYOUT_FEE_MINIMUM_MINOR"`
	InstantFeeBearer       payout.FeeBearer `env:"CREDITROLL_INSTANT_PAYOUT_FEE_BEARER" envDefault:"creator"`
}

// tiers is a poll schedule in the form of a setting, "24h=1h,7d=6h,max=72h".
type tiers struct{ schedule views.Schedule }

func (t *tiers) UnmarshalText(text []byte) (err error) {
	t.schedule, err = views.ParseTiers(string(text))
	return err
}

// chains are the providers of platforms in the form of a setting, "tiktok=apify,rapidapi;youtube=youtube".
type chains struct{ byPlatform providers.Chains }

func (c *chains) UnmarshalText(text []byte) (err error) {
	c.byPlatform, err = providers.ParseChains(string(text))
	return err
}

// currencies are codes in the form of a setting, "USD,EUR".
type currencies struct{ codes []money.Currency }

func (c *currencies) UnmarshalText(text []byte) error {
	c.codes = nil
	for each := range strings.SplitSeq(string(text), ",") {
		currency, err := money.ParseCurrency(strings.TrimSpace(each))
		if err != nil {
			return err
		}
		c.codes = append(c.codes, currency)
	}
	slices.Sort(c.codes)
	c.codes = slices.Compact(c.codes)
	return nil
}

// limits are amounts by currency in the form of a setting, "USD=5000000,EUR=4000000".
type limits struct{ amountMinor map[money.Currency]int64 }

func (l *limits) UnmarshalText(text []byte) error {
	l.amountMinor = map[money.Currency]int64{}
	for _, each := range strings.Split(string(text), ",") {
		name, amount, _ := strings.Cut(strings.TrimSpace(each), "=")
		currency, err := money.ParseCurrency(name)
		if err != nil {
			return err
		}
		amountMinor, err := strconv.ParseInt(amount, 10, 64)
		if err != nil || amountMinor < 0 {
			return fmt.Errorf("%q is not an amount in minor units: use USD=5000000", each)
		}
		l.amountMinor[currency] = amountMinor
	}
	return nil
}

// readSettings reads the environment, with fallback values for variables that are not set. The
// error for a malformed variable names it.
func readSettings(fallback map[string]string) (settings, error) {
	variables := env.ToMap(os.Environ())
	for name, value := range fallback {
		if variables[name] == "" {
			variables[name] = value
		}
	}
	return parseSettings(variables)
}

func parseSettings(variables map[string]string) (settings, error) {
	var s settings
	err := env.ParseWithOptions(&s, env.Options{Environment: variables, FuncMap: map[reflect.Type]env.ParserFunc{}})
	if err != nil {
		return s, malformed(err)
	}
	if s.PollTiers.schedule.IntervalMax == 0 {
		s.PollTiers.schedule = views.DefaultSchedule()
	}
	s.Providers = map[string]providers.Config{}
	for _, each := range registered {
		s.Providers[each.Name] = s.providerConfig(each.Registration, variables)
	}
	return s, s.validate()
}

// malformed names the variable in an error of the library, which names the struct's field.
func malformed(err error) error {
	var each env.ParseError
	if all := (env.AggregateError{}); errors.As(err, &all) && len(all.Errors) > 0 && errors.As(all.Errors[0], &each) {
		if field, ok := reflect.TypeFor[settings]().FieldByName(each.Name); ok {
			name := field.Tag.Get("env")
			return fault.Field(name, "setting_malformed", "%s is malformed: %s", name, oneLine(each.Err))
		}
	}
	return fault.New(fault.Invalid, "setting_malformed", "%s", oneLine(err))
}

func oneLine(err error) string {
	return strings.ReplaceAll(strings.TrimPrefix(err.Error(), "env: "), "\n", " ")
}

func (s settings) validate() error {
	positive := []struct {
		name  string
		value time.Duration
	}{
		{"CREDITROLL_CHECK_INTERVAL", s.CheckInterval},
		{"CREDITROLL_RELEASE_INTERVAL", s.ReleaseInterval},
		{"CREDITROLL_INBOX_INTERVAL", s.InboxInterval},
		{"CREDITROLL_SNAPSHOT_INTERVAL", s.SnapshotInterval},
		{"CREDITROLL_SEAL_EVERY", s.SealInterval},
		{"CREDITROLL_RECONCILE_EVERY", s.ReconcileEvery},
		{"CREDITROLL_RECONCILE_WHOLE_EVERY", s.ReconcileWholeEvery},
		{"CREDITROLL_RECONCILE_GRACE", s.ReconcileGrace},
		{"CREDITROLL_SOLVENCY_GAP_AFTER", s.SolvencyGapAfter},
		{"CREDITROLL_BATCH_WAIT", s.BatchWait},
		{"CREDITROLL_CIRCUIT_OPEN", s.CircuitOpen},
		{"CREDITROLL_PROVIDER_CHECK_EVERY", s.ProviderCheckEvery},
		{"CREDITROLL_PROVIDER_FAILING_AFTER", s.ProviderFailingAfter},
		{"CREDITROLL_PAYOUT_WATCH_INTERVAL", s.PayoutWatchInterval},
		{"CREDITROLL_EVIDENCE_RETENTION", s.EvidenceRetention},
		{"CREDITROLL_EVIDENCE_EVERY", s.EvidenceEvery},
	}
	for _, each := range positive {
		if each.value <= 0 {
			return fault.Field(each.name, "setting_malformed", "%s must be a duration above zero, such as 15m", each.name)
		}
	}
	for currency, maxMinor := range s.PaymentMaxMinor.amountMinor {
		if most := funding.PaymentMax(nil).Of(currency); maxMinor > most {
			return fault.Field("CREDITROLL_PAYMENT_MAX_MINOR", "setting_malformed", "CREDITROLL_PAYMENT_MAX_MINOR must be at most %d for %s, because Stripe takes no larger payments", most, currency)
		}
	}
	if _, err := s.bucket(); err != nil {
		return fmt.Errorf("CREDITROLL_BLOBS_URL: %w", err)
	}
	if _, err := s.quotas(); err != nil {
		return fault.Field("CREDITROLL_PROVIDER_QUOTAS", "setting_malformed", "CREDITROLL_PROVIDER_QUOTAS is malformed: %s", oneLine(err))
	}
	if s.AccountCoolingOff < 0 {
		return fault.Field("CREDITROLL_ACCOUNT_COOLING_OFF", "setting_malformed", "CREDITROLL_ACCOUNT_COOLING_OFF must not be negative")
	}
	if s.CardReleaseAge < 0 {
		return fault.Field("CREDITROLL_CARD_RELEASE_AGE", "setting_malformed", "CREDITROLL_CARD_RELEASE_AGE must not be negative")
	}
	if s.ReconcileWindow < s.ReturnWindow+s.ReconcileGrace {
		return fault.Field("CREDITROLL_RECONCILE_WINDOW", "setting_malformed",
			"CREDITROLL_RECONCILE_WINDOW must be longer than CREDITROLL_RETURN_WINDOW and CREDITROLL_RECONCILE_GRACE together, so that a payout that the bank returns late is found")
	}
	if err := s.payoutPolicy().Validate(); err != nil {
		return fmt.Errorf("CREDITROLL_PAYOUT_* and CREDITROLL_RETURN_*: %w", err)
	}
	if err := s.campaignPolicy().Validate(); err != nil {
		return fmt.Errorf("CREDITROLL_FEE_BASIS_POINTS, CREDITROLL_HOLD_MIN, CREDITROLL_TRACKING_COST_MAX_MICROS and CREDITROLL_PROCESSING_FEE_*: %w", err)
	}
	if err := s.instantTerms().Validate(); err != nil {
		return fmt.Errorf("CREDITROLL_INSTANT_PAYOUT_*: %w", err)
	}
	return nil
}

// require returns an error for the first of the named variables that is not set.
func (s settings) require(names ...string) error {
	values := map[string]string{
		"DATABASE_URL": s.DatabaseURL, "STRIPE_API_KEY": s.StripeAPIKey, "CREDITROLL_TOKEN_KEYS": s.TokenKeys,
		"STRIPE_WEBHOOK_SECRETS": strings.Join(s.StripeWebhookSecrets, ","),
	}
	for _, name := range names {
		if values[name] == "" {
			return fault.Field(name, "setting_missing", "%s is not set: see the settings in README.md, or run `creditroll dev`, which needs none", name)
		}
	}
	return nil
}

func (s settings) keys() (api.Keys, error) { return api.ParseKeys(s.TokenKeys) }

// configured returns the providers that have a credential.
func (s settings) configured() []providers.Registration {
	return slices.DeleteFunc(registrations(), func(r providers.Registration) bool { return s.Providers[r.Name].Credential == "" })
}

// chains returns which providers are asked: as set, and otherwise all that are configured.
func (s settings) chains() map[clip.Platform][]string {
	return s.Chains.byPlatform.Over(providers.DefaultChains(s.configured()))
}

// checkChains returns an error that names a chain which cannot work, or a bad setting of a provider.
func (s settings) checkChains() error {
	var clients []providers.Client
	for _, each := range s.configured() {
		client, err := each.New(s.Providers[each.Name])
		if err != nil {
			return err
		}
		clients = append(clients, client)
	}
	if err := s.Chains.byPlatform.Validate(clients...); err != nil {
		return fmt.Errorf("CREDITROLL_CHAINS: %w", err)
	}
	return nil
}

// quotas returns those of each provider.
func (s settings) quotas() (map[string][]providers.Quota, error) {
	return providers.Quotas(registrations(), s.ProviderQuotas)
}

const (
	temporalAddressDefault   = "127.0.0.1:7233"
	temporalNamespaceDefault = "default"
)

// temporalOptions reads Temporal's standard variables; address and namespace have the
// server's defaults.
func temporalOptions() (client.Options, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return options, fault.New(fault.Invalid, "setting_malformed", "TEMPORAL_*: %s", oneLine(err))
	}
	if options.HostPort == "" {
		options.HostPort = temporalAddressDefault
	}
	if options.Namespace == "" {
		options.Namespace = temporalNamespaceDefault
	}
	return options, nil
}
