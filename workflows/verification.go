package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// readVerification reads a brand's verification at the rail and stores it. The event about it is
// no evidence, and may be late or missing. It returns the campaigns that may wait for it.
func readVerification(ctx workflow.Context, sessionID string) (rail.Verification, []string, error) {
	session, err := do(ctx, railGlance, "Read the brand's verification", activities.ReadVerification, sessionID)
	if err != nil {
		return "", nil, err
	}
	waiting, err := do(ctx, ledgerCall, "Store the brand's verification", activities.RecordVerification, activities.VerificationReading{
		Session: session, Now: workflow.Now(ctx),
	})
	return session.Status, waiting, err
}

// routeVerification stores a changed verification and wakes the campaigns that may wait for it. A
// verification that cannot be read is read again when the event is delivered again.
func routeVerification(ctx workflow.Context, sessionID string) (rail.Delivery, error) {
	known, err := do(ctx, ledgerCall, "Check whether the verification is ours", activities.KnowVerification, sessionID)
	if err != nil || !known {
		return rail.NoWorkflow, err
	}
	_, waiting, err := readVerification(ctx, sessionID)
	if err != nil {
		return rail.Undelivered, err
	}
	outcome := rail.NoWorkflow
	for _, campaignID := range waiting {
		if signalled(ctx, names.Campaign(campaignID)) == rail.Signalled {
			outcome = rail.Signalled
		}
	}
	return outcome, nil
}

// checkBrand returns fault.Conflict "brand_not_verified" if the campaign's brand must be verified
// first. It reads a verification that has not ended at the rail.
func (c *campaignProcess) checkBrand(ctx workflow.Context) error {
	read, err := c.read(ctx)
	if err != nil || !read.Facts.VerificationDue {
		return err
	}
	if read.VerificationID != "" && read.Verification != rail.VerificationCanceled {
		status, _, err := readVerification(ctx, read.VerificationID)
		if err == nil && status == rail.Verified {
			return nil
		}
		if err != nil {
			workflow.GetLogger(ctx).Warn("the brand's verification cannot be read", "error", err)
		}
	}
	return campaign.CheckBrand(read.Facts)
}

// brandWaitMax is the longest wait between two reads of a verification. An event shortens it.
const brandWaitMax = 6 * time.Hour

// awaitBrand holds a funded campaign back until its brand is verified.
func (c *campaignProcess) awaitBrand(ctx workflow.Context) error {
	if err := c.checkBrand(ctx); fault.CodeOf(err) != campaign.BrandNotVerified {
		return err
	}
	c.showBrand(ctx, true)
	wait := min(c.Settings.CheckInterval.Std()<<min(c.State.BrandWaits, 8), max(brandWaitMax, c.Settings.CheckInterval.Std()))
	c.State.BrandWaits++
	c.sleep(ctx, wait, "Until the brand's verification is read again")
	return nil
}

// showBrand puts a campaign on the needs-attention list while it waits for the verification of
// its brand, or takes it off.
func (c *campaignProcess) showBrand(ctx workflow.Context, due bool) {
	if due && !c.brandShown {
		c.brandShown = true
		showAttention(ctx, attention{
			Reason: "brand_not_verified",
			Detail: "The campaign is funded and may start, but its budget is above CREDITROLL_BRAND_VERIFICATION_ABOVE_MINOR and the brand is not verified. `POST /v1/organizations/" + c.OrganizationID + "/verification` returns the page on which the brand is verified. The campaign starts by itself after that.",
		})
	}
	if !due && c.State.BrandWaits > 0 {
		c.brandShown, c.State.BrandWaits = false, 0
		clearAttention(ctx)
	}
}
