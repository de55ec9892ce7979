package stripe

import (
	"strings"

	"github.com/creditroll/creditroll/domain/rail"
)

// route says what the events of a type concern. A type that ends in a dot stands for all
// types that begin with it.
type route struct {
	eventType string
	notice    func(rail.Event) rail.Notice
}

// routes are all the events that we act upon. The first route that matches counts. Fields are
// empty on objects that we did not make, and then the event concerns none of our processes.
var routes = []route{
	{"payment_intent.", ofBrand(rail.ConcernCampaignPayment, rail.ConcernDepositPayment)},
	{"charge.dispute.", ofDispute},
	{"refund.created", ofBrand(rail.ConcernRefundStarted, rail.ConcernDepositRefund)},
	{"refund.", ofBrand(rail.ConcernRefundChanged, rail.ConcernDepositRefund)},
	{"charge.refund.", ofBrand(rail.ConcernRefundChanged, rail.ConcernDepositRefund)},
	{"payout.paid", ofPayout},
	{"payout.failed", ofPayout},
	{"payout.canceled", ofPayout},
	{"transfer.reversed", ofPayout},
	// These say what the answer to our own call has said, or what changes nothing for us: created,
	// in transit, another description. A lost answer is looked up.
	{"payout.", ofNone},
	{"transfer.", ofNone},
	{"account.external_account.created", ofAccount(rail.ConcernBankAccountAdded)},
	// A failed payout marks its own bank account as errored, which cures nothing.
	{"account.external_account.", ofNone},
	{"account.", ofAccount(rail.ConcernAccountState)},
	{"capability.", ofAccount(rail.ConcernAccountState)},
	{"identity.verification_session.", ofVerification},
	{"balance.available", ofAccount(rail.ConcernPayoutAccount)},
}

// Notice returns what an event concerns, or rail.ConcernNone for one that we do not act upon.
// It needs of the event only the type, the account, the object's id and our ids.
func Notice(event rail.Event) rail.Notice {
	for _, route := range routes {
		if route.matches(event.Type) {
			return route.notice(event)
		}
	}
	return ofNone(event)
}

func (r route) matches(eventType string) bool {
	if strings.HasSuffix(r.eventType, ".") {
		return strings.HasPrefix(eventType, r.eventType)
	}
	return eventType == r.eventType
}

func ofNone(rail.Event) rail.Notice { return rail.Notice{Concern: rail.ConcernNone} }

// ofBrand is about a payment of a campaign or of a deposit, or about a refund of one.
func ofBrand(ofCampaign, ofDeposit rail.Concern) func(rail.Event) rail.Notice {
	return func(event rail.Event) rail.Notice {
		switch {
		case event.CampaignID != "":
			return rail.Notice{Concern: ofCampaign, CampaignID: event.CampaignID}
		case event.DepositID != "":
			notice := rail.Notice{Concern: ofDeposit, DepositID: event.DepositID}
			if ofDeposit == rail.ConcernDepositRefund {
				notice.WithdrawalID = event.WithdrawalID
			}
			return notice
		}
		return ofNone(event)
	}
}

// ofDispute takes disputes of the platform's own charges only: brands pay the platform, and a
// dispute on a connected account is that account's business.
func ofDispute(event rail.Event) rail.Notice {
	if event.Account != "" || event.ObjectID == "" {
		return ofNone(event)
	}
	return rail.Notice{Concern: rail.ConcernDispute, DisputeID: event.ObjectID}
}

func ofPayout(event rail.Event) rail.Notice {
	if event.PayoutID == "" {
		return ofNone(event)
	}
	return rail.Notice{Concern: rail.ConcernPayout, PayoutID: event.PayoutID}
}

func ofAccount(concern rail.Concern) func(rail.Event) rail.Notice {
	return func(event rail.Event) rail.Notice {
		if event.Account == "" {
			return ofNone(event)
		}
		return rail.Notice{Concern: concern, Account: event.Account}
	}
}

// ofVerification takes the platform's own sessions only: those of an account are its business.
func ofVerification(event rail.Event) rail.Notice {
	if event.Account != "" || event.ObjectID == "" {
		return ofNone(event)
	}
	return rail.Notice{Concern: rail.ConcernVerification, VerificationID: event.ObjectID}
}
