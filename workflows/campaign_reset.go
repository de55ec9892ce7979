package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
)

// A campaign that a person resets in Temporal begins again with the state of then. Another history may have
// requested the payment since, and Stripe forgets keys after a day. So a request is stored before it is sent,
// and an old one is looked up.

// freezePayment stores the next request of the payment. If that request is older than lookedFor, another
// history may have sent it: it is looked up, and the payment that exists becomes the campaign's. If the books
// refuse it, another history has funded or moved the campaign: the record says how.
func (c *campaignProcess) freezePayment(ctx workflow.Context) (unclearPayment, error) {
	for {
		frozen, err := step(ctx, "Freeze the request of the payment", activities.FreezeCampaignPayment, activities.CampaignPaymentAsked{
			CampaignID: c.CampaignID, Previous: c.State.Payment.Generation, At: workflow.Now(ctx),
		})
		if fault.KindOf(err) == fault.Conflict {
			if unread := c.readRecord(ctx); unread != nil {
				return unclearPayment{}, unread
			}
			c.wake()
			if c.State.Payment.PaymentIntentID != "" {
				return unclearPayment{}, nil
			}
			return unclearPayment{}, err
		}
		request := unclearPayment{Generation: frozen.Generation, AskedAt: frozen.AskedAt}
		if err != nil || workflow.Now(ctx).Sub(request.AskedAt) < lookedFor {
			c.frozen = request.Generation
			return request, err
		}
		c.State.Payment.Unclear = &request
		c.wake() // a failure of the look-up leaves it to the main loop
		if err := c.findUnclearPayment(ctx); err != nil {
			return request, err
		}
		if c.State.Payment.PaymentIntentID != "" {
			return request, c.readRecord(ctx)
		}
	}
}

// takeUpPayment takes up a payment that another history has created or requested. Stripe has reported a change of
// one, and this history knows none.
func (c *campaignProcess) takeUpPayment(ctx workflow.Context) error {
	if err := c.moving.Lock(ctx); err != nil {
		return err
	}
	defer c.moving.Unlock()
	if c.State.Payment.PaymentIntentID != "" {
		return nil
	}
	err := c.knowPayment(ctx)
	if c.State.Payment.Unclear != nil {
		return nil // it is searched for until that is known
	}
	return err
}

// readRecord takes status and payment from the books. The status is later than this history knows if an
// earlier workflow of the campaign has ended, was terminated, or was reset.
func (c *campaignProcess) readRecord(ctx workflow.Context) error {
	read, err := c.read(ctx)
	if err != nil {
		return err
	}
	c.recall(read)
	return nil
}

// knowPayment finds the payment that may still bring money, also one that another history has requested: it is
// on record, or its request is frozen.
func (c *campaignProcess) knowPayment(ctx workflow.Context) error {
	if err := c.findUnclearPayment(ctx); err != nil {
		return err
	}
	read, err := c.read(ctx)
	if err != nil {
		return err
	}
	known := c.State.Payment.Over != "" && c.State.Payment.Over == read.PaymentIntentID
	if c.recall(read); known {
		c.endPayment(read.PaymentIntentID)
	}
	asked := read.Asked
	if c.State.Payment.PaymentIntentID != "" || asked.Generation <= c.State.Payment.Generation || asked.Generation == c.frozen {
		return nil
	}
	c.State.Payment.Unclear = &unclearPayment{Generation: asked.Generation, AskedAt: asked.AskedAt}
	c.wake()
	return c.findUnclearPayment(ctx)
}

func (c *campaignProcess) recall(read campaign.Standing) {
	c.State.Status, c.State.Payment.PaymentIntentID = read.Status, read.PaymentIntentID
	c.State.Payment.Booked = read.PaymentIntentID != "" && read.Facts.FundedMinor > 0 && read.Facts.AllocatedMinor <= 0
	c.State.Allocated = read.Status == campaign.Approved && read.Facts.AllocatedMinor > 0
}
