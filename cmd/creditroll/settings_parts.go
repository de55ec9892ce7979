package main

import (
	"cmp"
	"path/filepath"
	"strings"

	"github.com/creditroll/creditroll/blobs"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/payments/stripe"
	"github.com/creditroll/creditroll/providers"
	"github.com/creditroll/creditroll/temporal"
	"github.com/creditroll/creditroll/workflows"
)

// providerConfig returns the settings of one provider. A provider that notifies us is asked to do so only if it can reach
// us, and if we can recognize it.
func (s settings) providerConfig(registration providers.Registration, variables map[string]string) providers.Config {
	config := providers.Config{Credential: variables[registration.CredentialVariable], BaseURL: variables[registration.BaseURLVariable]}
	for _, variable := range registration.Variables {
		if config.Settings == nil {
			config.Settings = map[string]string{}
		}
		config.Settings[variable.Name] = cmp.Or(variables[variable.Name], variable.Default)
	}
	if callback := registration.Callback; callback != nil {
		config.Callback.Secrets = split(variables[callback.SecretVariable])
		if len(config.Callback.Secrets) > 0 && s.PublicURL != "" {
			config.Callback.URL = strings.TrimRight(s.PublicURL, "/") + providers.CallbackPath + registration.Name
		}
	}
	return config
}

// split returns the values of a list with commas.
func split(list string) (values []string) {
	for each := range strings.SplitSeq(list, ",") {
		if each = strings.TrimSpace(each); each != "" {
			values = append(values, each)
		}
	}
	return values
}

func (s settings) stripe() stripe.Config {
	return stripe.Config{APIKey: s.StripeAPIKey, APIBase: s.StripeAPIBase, Settles: s.SettledCurrencies.codes}
}

// bucket returns the storage for files. It is opened with its first use.
func (s settings) bucket() (*blobs.Bucket, error) {
	switch {
	case s.BlobsURL != "":
		return blobs.At(s.BlobsURL)
	case s.BlobsDir != "":
		return blobs.In(s.BlobsDir), nil
	}
	return blobs.In(filepath.Join(s.StateDir, "blobs")), nil
}

func (s settings) payoutPolicy() payout.Policy {
	policy := payout.DefaultPolicy()
	policy.MinimumMinor, policy.RetryIntervals, policy.PollInterval = s.PayoutMinimumMinor, s.PayoutRetries, duration.Text(s.PayoutPollInterval)
	policy.PollIntervalMax = duration.Text(max(s.PayoutPollInterval, s.PayoutPollIntervalMax))
	policy.UnreadableAfter, policy.LateAfter = duration.Text(s.PayoutUnreadableAfter), duration.Text(s.PayoutLateAfter)
	policy.ReturnWindow, policy.ReturnDeadline = duration.Text(s.ReturnWindow), duration.Text(s.ReturnDeadline)
	return policy
}

func (s settings) campaignPolicy() campaign.Policy {
	return campaign.Policy{
		FeeBasisPoints: s.FeeBasisPoints, HoldMin: s.HoldMin, TrackingCostMaxMicros: s.TrackingCostMaxMicros, PaidBy: s.ProcessingFeePaidBy,
		ProcessingFee: campaign.ProcessingFee{BasisPoints: s.ProcessingFeeBasisPoints, FixedMinor: s.ProcessingFeeFixedMinor.amountMinor},
	}
}

func (s settings) instantTerms() payout.InstantTerms {
	return payout.InstantTerms{
		MaximumMinor: s.InstantMaximumMinor.amountMinor, MinimumMinor: s.InstantMinimumMinor,
		FeeBasisPoints: s.InstantFeeBasisPoints, FeeMinimumMinor: s.InstantFeeMinimumMinor.amountMinor, FeeBearer: s.InstantFeeBearer,
	}
}

func (s settings) engine() temporal.Settings {
	return temporal.Settings{
		Campaign: s.campaign(),
		PayoutRun: workflows.PayoutRunSettings{
			PendingMax: s.PayoutPendingMax, ApprovalAbove: s.PayoutApprovalAbove, ApprovalAboveMinor: s.PayoutApprovalMinor.amountMinor,
			CheckInterval: duration.Text(s.CheckInterval), Reconcile: s.reconcile(),
		},
		Payout:    s.payoutPolicy(),
		Reconcile: s.reconcile(),
		Schedule:  s.PollTiers.schedule,
		Chains:    s.chains(),
	}
}

func (s settings) campaign() workflows.CampaignSettings {
	return workflows.CampaignSettings{CheckInterval: duration.Text(s.CheckInterval), PayoutMinimumMinor: s.PayoutMinimumMinor}
}

func (s settings) reconcile() workflows.ReconcileSettings {
	return workflows.ReconcileSettings{
		Window: duration.Text(s.ReconcileWindow), Grace: duration.Text(s.ReconcileGrace), Campaign: s.campaign(), Payout: s.payoutPolicy(),
		GapAfter: duration.Text(s.SolvencyGapAfter),
		// A change that is too fresh to compare is compared by the next pass or the one after it.
		Overlap: duration.Text(3 * s.ReconcileGrace),
		// A whole pass takes hours when there are many creators. After half the interval more, one
		// has been missed.
		WholeAfter: duration.Text(s.ReconcileWholeEvery + s.ReconcileWholeEvery/2),
	}
}

func (s settings) schedules() temporal.Schedules {
	return temporal.Schedules{ReleaseHoldsEvery: s.ReleaseInterval, SweepInboxEvery: s.InboxInterval, SweepSnapshotsEvery: s.SnapshotInterval, SealEvery: s.SealInterval, ReconcileEvery: s.ReconcileEvery, ReconcileWholeEvery: s.ReconcileWholeEvery, WatchPayoutsEvery: s.PayoutWatchInterval, PayoutRunCron: s.PayoutRunCron, EvidenceEvery: s.EvidenceEvery, EvidenceRetention: s.EvidenceRetention, CheckProvidersEvery: s.ProviderCheckEvery, ProviderFailingAfter: s.ProviderFailingAfter}
}
