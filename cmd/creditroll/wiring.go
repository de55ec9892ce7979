package main

import (
	"context"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/blobs"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/payments"
	"github.com/creditroll/creditroll/payments/stripe"
	"github.com/creditroll/creditroll/providers"
	"github.com/creditroll/creditroll/providers/links"
	"github.com/creditroll/creditroll/temporal"
)

// wired are the connections that commands share; close closes them.
type wired struct {
	settings settings
	logger   *slog.Logger
	store    *books.Books
	temporal client.Client
	payments *stripe.Client
	files    *blobs.Bucket
}

// wire connects to everything that an API or worker process needs.
func wire(ctx context.Context, s settings, logger *slog.Logger) (w *wired, err error) {
	if err := s.require("DATABASE_URL", "STRIPE_API_KEY"); err != nil {
		return nil, err
	}
	if err := s.checkChains(); err != nil {
		return nil, err
	}
	w = &wired{settings: s, logger: logger}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.store, err = s.openBooks(ctx); err != nil {
		return w, err
	}
	if w.payments, err = stripe.New(s.stripe()); err != nil {
		return w, err
	}
	if w.files, err = s.bucket(); err != nil {
		return w, err
	}
	options, err := temporalOptions()
	if err != nil {
		return w, err
	}
	w.temporal, err = temporal.Dial(ctx, options, logger)
	return w, err
}

// openBooks opens the database with the settings that hold for each read of it.
func (s settings) openBooks(ctx context.Context) (*books.Books, error) {
	store, err := books.Open(ctx, s.DatabaseURL, db.Options{})
	if err != nil {
		return nil, err
	}
	store.Earnings.CardHold, store.Audit.CardHold = earnings.CardHold(s.CardReleaseAge), earnings.CardHold(s.CardReleaseAge)
	return store, nil
}

func (w *wired) close() {
	if w.temporal != nil {
		w.temporal.Close()
	}
	if w.store != nil {
		w.store.DB.Close()
	}
	if w.files != nil {
		_ = w.files.Close() // nothing is being written any more
	}
}

// notices has one entry for each rail and each view provider whose events we store, by their name.
var notices = noticesOf(registrations())

func noticesOf(registered []providers.Registration) map[string]payments.Notices {
	all := map[string]payments.Notices{"stripe": stripe.Notice}
	for _, each := range registered {
		if each.Callback != nil {
			all[each.Name] = rail.SnapshotNotice
		}
	}
	return all
}

// startWorkers runs the named queues until stop is called.
func (w *wired) startWorkers(queues []string) (stop func(), err error) {
	readers, err := w.readers()
	if err != nil {
		return nil, err
	}
	observed := map[string]activities.Views{}
	for name, reader := range readers {
		observed[name] = reader.views(w)
	}
	stopWorkers, err := temporal.Workers{
		Ledger: activities.Ledger{Books: w.store, Notices: notices, VerifyAbove: w.settings.BrandVerification.amountMinor}, Payments: activities.Payments{Rail: w.payments}, Storage: activities.Storage{Blobs: w.files}, Views: observed,
		StripePerSecond: w.settings.StripeRate, ReconcilePerSecond: w.settings.ReconcileRate, ViewsPerSecond: w.settings.ViewsRate,
	}.Start(w.temporal, queues)
	stop = func() {
		if stopWorkers != nil {
			stopWorkers()
		}
		closing, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		for name, reader := range readers {
			if err := reader.close(closing); err != nil {
				w.logger.Warn("requests to a provider were aborted", "provider", name, "error", err)
			}
		}
	}
	if err != nil {
		stop()
		return nil, err
	}
	return stop, nil
}

// newServer returns the HTTP API.
func (w *wired) newServer() (*api.Server, error) {
	if err := w.settings.require("CREDITROLL_TOKEN_KEYS"); err != nil {
		return nil, err
	}
	keys, err := w.settings.keys()
	if err != nil {
		return nil, err
	}
	return api.New(api.Config{
		Store: w.store, Engine: temporal.NewEngine(w.temporal, w.settings.engine()), Payments: clientSecrets{w.payments}, Onboarding: w.payments,
		Links: links.New(), Files: w.files, VerifyWebhook: w.verifyWebhook, RouteWebhook: stripe.Notice, ProviderWebhooks: w.providerWebhooks(), Keys: keys, Logger: w.logger, PublicURL: w.settings.PublicURL,
		AccountReturnHosts: w.settings.AccountReturnHosts, AccountCoolingOff: w.settings.AccountCoolingOff,
		CampaignPolicy: w.settings.campaignPolicy(), PaymentMax: w.settings.PaymentMaxMinor.amountMinor, PayoutMinimums: w.settings.PayoutMinimumMinor, InstantTerms: w.settings.instantTerms().Within(w.settings.PayoutApprovalMinor.amountMinor),
	})
}

func (w *wired) verifyWebhook(payload []byte, signature string, now time.Time) (rail.Event, error) {
	return stripe.ParseWebhook(payload, signature, w.settings.StripeWebhookSecrets, now)
}

// clientSecrets gives the API the secret of a payment for the payer's browser. It does not pass
// through the engine.
type clientSecrets struct{ payments *stripe.Client }

func (c clientSecrets) ClientSecret(ctx context.Context, paymentIntentID string) (string, error) {
	intent, err := c.payments.GetFunding(ctx, paymentIntentID)
	return intent.ClientSecret, err
}
