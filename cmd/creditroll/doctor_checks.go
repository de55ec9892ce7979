package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/payments/stripe"
)

// check is one thing that payouts depend on: what was found, and what to change if it is wrong.
type check struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Found string `json:"found"`
	Fix   string `json:"fix,omitempty"`
}

// verdict completes a check. A fix is only for what is wrong.
func verdict(name string, ok bool, found, fix string) check {
	if ok {
		fix = ""
	}
	return check{Name: name, OK: ok, Found: found, Fix: fix}
}

func checkPlatform(platform stripe.Platform) []check {
	return []check{
		verdict("platform payout schedule", platform.PayoutInterval == rail.IntervalManual, orNone(platform.PayoutInterval),
			"Set the payout schedule of the platform's own account to manual. Otherwise Stripe sends the escrow of campaigns to your bank."),
		verdict("platform charges", platform.ChargesEnabled, enabled(platform.ChargesEnabled), "Finish the activation of the platform's account, so that brands can pay."),
		verdict("platform payouts", platform.PayoutsEnabled, enabled(platform.PayoutsEnabled), "Supply what Stripe asks of the platform's account."),
		verdict("platform capabilities", len(platform.Inactive) == 0, "inactive: "+orNone(strings.Join(platform.Inactive, ", ")), "Have Stripe activate these capabilities of the platform's account."),
		verdict("platform requirements", len(platform.PastDue) == 0 && platform.DisabledReason == "",
			"past due: "+orNone(strings.Join(platform.PastDue, ", "))+"; disabled: "+orNone(platform.DisabledReason), "Supply what is past due before Stripe stops the platform's account."),
	}
}

// checkCurrencies compares the currencies that brands can pay in, which are those with a configured fee, with
// those that the platform settles. The defaults have more than most platforms settle, so it is in order if
// there is one.
func checkCurrencies(platform stripe.Platform, accepted map[money.Currency]int64) check {
	const name, fix = "currencies that brands pay in", "Add a bank account in these currencies to the platform's own account, and name them in CREDITROLL_SETTLED_CURRENCIES if that is set, or leave them out of CREDITROLL_PROCESSING_FEE_FIXED_MINOR. Stripe converts such payments, and they are refunded."
	if len(platform.Settles) == 0 {
		return verdict(name, true, "which of them Stripe converts is not shown and not configured, so none is refused: set CREDITROLL_SETTLED_CURRENCIES", "")
	}
	var settled, converted []string
	for _, currency := range slices.Sorted(maps.Keys(accepted)) {
		if slices.Contains(platform.Settles, currency) {
			settled = append(settled, string(currency))
		} else {
			converted = append(converted, string(currency))
		}
	}
	return verdict(name, len(settled) > 0, "settled: "+orNone(strings.Join(settled, ", "))+"; converted by Stripe, so refunded: "+orNone(strings.Join(converted, ", ")), fix)
}

// checkFiles stores, reads and deletes a file.
func checkFiles(ctx context.Context, s settings) check {
	const name = "storage for files"
	bucket, err := s.bucket()
	if err != nil {
		return verdict(name, false, fault.CodeOf(err), "Correct CREDITROLL_BLOBS_URL.")
	}
	defer func() { _ = bucket.Close() }()
	found := "a file can be written, read and deleted in " + bucket.String()
	if err = bucket.Check(ctx); err != nil {
		found = bucket.String() + ": " + oneLine(errors.Join(err, errors.Unwrap(err)))
	}
	return verdict(name, err == nil, found, "Check CREDITROLL_BLOBS_DIR and the rights of the folder, or CREDITROLL_BLOBS_URL, its credentials and the rights on the bucket.")
}

// webhookPath is where the API receives Stripe's events.
const webhookPath = "/v1/webhooks/stripe"

// checkEndpoints checks those that are enabled and send to our address. Several may share the events,
// as one for the platform and one for connected accounts do.
func checkEndpoints(endpoints []stripe.Endpoint, publicURL string) []check {
	if publicURL == "" {
		return []check{verdict("webhook endpoint", false, "no address to look for", "Set CREDITROLL_PUBLIC_URL to the address at which Stripe reaches the API.")}
	}
	address := strings.TrimSuffix(publicURL, "/") + webhookPath
	var ours []stripe.Endpoint
	for _, each := range endpoints {
		if each.Enabled && strings.TrimSuffix(each.URL, "/") == address {
			ours = append(ours, each)
		}
	}
	found := verdict("webhook endpoint", len(ours) > 0, fmt.Sprintf("%d enabled for %s", len(ours), address), "Add an endpoint with this address, or enable it: one for your account and one for connected accounts.")
	if !found.OK {
		return []check{found}
	}
	return []check{found, checkEventTypes(ours), checkVersions(ours)}
}

func checkEventTypes(endpoints []stripe.Endpoint) check {
	var missing []string
	for _, eventType := range stripe.EventTypes() {
		sent := slices.ContainsFunc(endpoints, func(e stripe.Endpoint) bool {
			return slices.Contains(e.EventTypes, eventType) || slices.Contains(e.EventTypes, "*")
		})
		if !sent {
			missing = append(missing, eventType)
		}
	}
	return verdict("webhook events", len(missing) == 0, "missing: "+orNone(strings.Join(missing, ", ")), "Have the endpoint send these events. Without them payouts wait until Stripe is asked.")
}

func checkVersions(endpoints []stripe.Endpoint) check {
	var others []string
	for _, each := range endpoints {
		if each.APIVersion != "" && each.APIVersion != stripe.APIVersion {
			others = append(others, each.ID+" has "+each.APIVersion)
		}
	}
	return verdict("webhook version", len(others) == 0, "other than "+stripe.APIVersion+": "+orNone(strings.Join(others, ", ")), "Set the API version of these endpoints to "+stripe.APIVersion+".")
}

func checkAccounts(accounts []examined) []check {
	var scheduled, unread, left []string
	for _, each := range accounts {
		switch {
		case each.forgotten:
			left = append(left, each.account)
		case each.unread != "":
			unread = append(unread, each.account+" ("+each.unread+")")
		case each.state.PayoutInterval != rail.IntervalManual:
			scheduled = append(scheduled, each.account+" ("+orNone(each.state.PayoutInterval)+")")
		}
	}
	read := fmt.Sprintf("%d of %d: ", len(scheduled), len(accounts))
	return []check{
		verdict("accounts that are not on a manual schedule", len(scheduled) == 0, read+shown(scheduled), "Set the payout schedule of these connected accounts to manual. Until then no transfer is sent to them."),
		verdict("accounts that are not connected", len(left) == 0, shown(left), "Ask these creators to connect again, or replace their accounts."),
		verdict("accounts that could not be read", len(unread) == 0, shown(unread), "Run the command again, and check the API key if it stays."),
	}
}

// accountsShown bounds a line. The rest is a number.
const accountsShown = 10

func shown(accounts []string) string {
	if len(accounts) > accountsShown {
		return strings.Join(accounts[:accountsShown], ", ") + fmt.Sprintf(" and %d more", len(accounts)-accountsShown)
	}
	return orNone(strings.Join(accounts, ", "))
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func enabled(is bool) string {
	if is {
		return "enabled"
	}
	return "not enabled"
}
