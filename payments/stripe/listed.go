package stripe

import (
	"time"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/reconcile"
)

// listed returns an object as it is compared with the books, without its relations. Ids in
// metadata count only if they have the form of ours: every user of the dashboard can write
// metadata.
func listed(of reconcile.ObjectType, id, status string, amount int64, currency stripe.Currency, metadata map[string]string, created int64) reconcile.Object {
	object := reconcile.Object{
		Type: of, ID: id, Status: status, AmountMinor: amountMinor(amount, currency), Currency: currencyCode(currency),
		CreatedAt: time.Unix(created, 0).UTC(),
	}
	if own := metadata[metadataPayoutID]; checkOwnID(metadataPayoutID, own) == nil {
		object.PayoutID, object.Generation = own, generationIn(metadata)
	}
	if own := metadata[metadataCampaignID]; checkOwnID(metadataCampaignID, own) == nil {
		object.CampaignID, object.Generation = own, generationIn(metadata)
	}
	if own := metadata[metadataDepositID]; checkOwnID(metadataDepositID, own) == nil {
		object.DepositID, object.Generation = own, generationIn(metadata)
	}
	return object
}

func listedPaymentIntent(p *stripe.PaymentIntent) reconcile.Object {
	return listed(reconcile.PaymentIntent, p.ID, string(p.Status), p.Amount, p.Currency, p.Metadata, p.Created)
}

func listedRefund(r *stripe.Refund) reconcile.Object {
	object := listed(reconcile.Refund, r.ID, string(r.Status), r.Amount, r.Currency, r.Metadata, r.Created)
	if r.PaymentIntent != nil {
		object.SourceType, object.SourceID = reconcile.PaymentIntent, r.PaymentIntent.ID
	}
	return object
}

func listedDispute(d *stripe.Dispute) reconcile.Object {
	object := listed(reconcile.Dispute, d.ID, string(d.Status), d.Amount, d.Currency, d.Metadata, d.Created)
	if d.PaymentIntent != nil {
		object.SourceType, object.SourceID = reconcile.PaymentIntent, d.PaymentIntent.ID
	}
	return object
}

func listedBankPayout(p *stripe.Payout, account string) reconcile.Object {
	object := listed(reconcile.BankPayout, p.ID, string(p.Status), p.Amount, p.Currency, p.Metadata, p.Created)
	object.Account = account
	return object
}

// listedTransfer returns the transfer and the reversals that Stripe lists within it, which
// are the latest ten.
func listedTransfer(t *stripe.Transfer) []reconcile.Object {
	object := listed(reconcile.Transfer, t.ID, "", t.Amount, t.Currency, t.Metadata, t.Created)
	object.ReversedMinor = amountMinor(t.AmountReversed, t.Currency)
	if t.Destination != nil {
		object.Account = t.Destination.ID
	}
	objects := []reconcile.Object{object}
	if t.Reversals == nil {
		return objects
	}
	for _, r := range t.Reversals.Data {
		reversal := listed(reconcile.TransferReversal, r.ID, "", r.Amount, r.Currency, r.Metadata, r.Created)
		reversal.Account, reversal.SourceType, reversal.SourceID = object.Account, reconcile.Transfer, t.ID
		objects = append(objects, reversal)
	}
	return objects
}

// listedMovement is a balance transaction: its net amount, and what it moved money for, or its fee if
// that is no object of a compared type.
func listedMovement(b *stripe.BalanceTransaction) reconcile.Object {
	object := listed(reconcile.BalanceTransaction, b.ID, string(b.Type), b.Net, b.Currency, nil, b.Created)
	switch source := b.Source; {
	case source == nil:
	case source.Charge != nil && source.Charge.PaymentIntent != nil:
		object.SourceType, object.SourceID = reconcile.PaymentIntent, source.Charge.PaymentIntent.ID
	case source.Refund != nil:
		object.SourceType, object.SourceID = reconcile.Refund, source.ID
	case source.Dispute != nil:
		object.SourceType, object.SourceID = reconcile.Dispute, source.ID
	case source.Transfer != nil:
		object.SourceType, object.SourceID = reconcile.Transfer, source.ID
	case source.TransferReversal != nil && source.TransferReversal.Transfer != nil:
		object.SourceType, object.SourceID, object.ParentID = reconcile.TransferReversal, source.ID, source.TransferReversal.Transfer.ID
	}
	if object.SourceType == "" {
		// What is missing from the gross, so that both add up after rounding too.
		object.FeeMinor = amountMinor(b.Amount, b.Currency) - object.AmountMinor
	}
	return object
}
