package audit

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal/months"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// CreatorExplanation explains the balances of a creator, in each currency.
type CreatorExplanation struct {
	CreatorID  string
	Currencies []CurrencyExplanation
}

// CurrencyExplanation explains the balances of a creator in one currency.
type CurrencyExplanation struct {
	Currency money.Currency
	Accounts []ExplainedAccount
	// DifferenceMinor is the sum of the absolute differences of the accounts.
	DifferenceMinor int64
	Checks          Checks
}

// ExplainedAccount is a balance of a creator, by the entries that it sums and by the campaigns
// that it came from.
type ExplainedAccount struct {
	Account      ledger.Account
	BalanceMinor int64
	Events       []AccountEvents
	// Campaigns is empty for a debt, because a debt belongs to no campaign.
	Campaigns []payout.Line
	// Kept are the campaigns whose earnings stay on hold because of a payment by card.
	Kept []KeptEarnings
	// Payouts are the payouts that have money on the account.
	Payouts []PayoutPart
	// DifferenceMinor is the balance less the sum of its campaigns.
	DifferenceMinor int64
}

// KeptEarnings stay on hold until then, whatever the terms of the campaign say.
type KeptEarnings struct {
	CampaignID string
	Until      time.Time
}

// PayoutPart is a payout's part of a balance.
type PayoutPart struct {
	PayoutID    string
	AmountMinor int64
}

// ExplainCreator explains a creator's balances and computes them again from other rows, in one
// currency, or in all if currency is empty. It returns fault.NotFound "creator_not_found" and
// fault.Conflict "archived". It returns fault.Invalid "account_without_currency" for a currency
// in which the creator has no postings.
func (s *Store) ExplainCreator(ctx context.Context, id string, currency money.Currency) (CreatorExplanation, error) {
	explained := CreatorExplanation{CreatorID: id}
	err := s.readExplanation(ctx, func(q *sqlc.Queries) error {
		if _, err := q.ReadCreator(ctx, id); err != nil {
			return db.OrNotFound(err, "creator")
		}
		if err := months.RequireCreator(ctx, q, id); err != nil {
			return err
		}
		parts, err := readCreatorParts(ctx, q, id, s.CardHold)
		if err != nil {
			return err
		}
		posted := parts.currencies()
		if currency != "" && !slices.Contains(posted, currency) {
			return fault.Field("currency", "account_without_currency", "the creator has no postings in %s: their postings are in %v", currency, posted)
		}
		for _, found := range posted {
			if currency != "" && currency != found {
				continue
			}
			inCurrency, err := parts.explain(ctx, q, found)
			if err != nil {
				return err
			}
			explained.Currencies = append(explained.Currencies, inCurrency)
		}
		return nil
	})
	return explained, db.Translate(err)
}

// creatorParts are the rows that a creator's balances sum, without the released earnings that
// no payout holds.
type creatorParts struct {
	creatorID string
	cards     earnings.CardHold
	events    []sqlc.ListAccountEventsRow
	pending   []sqlc.ListPendingByCampaignRow
	earning   []sqlc.ListEarningCampaignsRow
	positions []sqlc.ListPayoutPositionsRow
	lines     map[string][]payout.Line // by payout
}

func readCreatorParts(ctx context.Context, q *sqlc.Queries, creatorID string, cards earnings.CardHold) (creatorParts, error) {
	parts := creatorParts{creatorID: creatorID, cards: cards, lines: map[string][]payout.Line{}}
	var codes []string
	for _, account := range parts.accounts() {
		codes = append(codes, string(account))
	}
	var err error
	if parts.events, err = q.ListAccountEvents(ctx, codes); err != nil {
		return parts, err
	}
	if parts.pending, err = q.ListPendingByCampaign(ctx, sqlc.ListPendingByCampaignParams{CreatorID: creatorID, KeptMethods: cards.Methods()}); err != nil {
		return parts, err
	}
	if parts.earning, err = q.ListEarningCampaigns(ctx, creatorID); err != nil {
		return parts, err
	}
	payoutAccounts := []string{string(ledger.CreatorInTransit(creatorID)), string(ledger.CreatorConnected(creatorID))}
	if parts.positions, err = q.ListPayoutPositions(ctx, payoutAccounts); err != nil {
		return parts, err
	}
	payoutIDs := make([]string, len(parts.positions))
	for i, position := range parts.positions {
		payoutIDs[i] = position.PayoutID
	}
	lines, err := q.ListLinesOfPayouts(ctx, payoutIDs)
	for _, line := range lines {
		parts.lines[line.PayoutID] = append(parts.lines[line.PayoutID], payout.Line{CampaignID: line.CampaignID, AmountMinor: line.AmountMinor})
	}
	return parts, err
}

func (p creatorParts) accounts() []ledger.Account {
	return []ledger.Account{
		ledger.CreatorPending(p.creatorID), ledger.CreatorAvailable(p.creatorID), ledger.CreatorInTransit(p.creatorID),
		ledger.CreatorConnected(p.creatorID), ledger.CreatorReceivable(p.creatorID),
	}
}

func (p creatorParts) currencies() []money.Currency {
	var found []money.Currency
	for _, events := range p.events {
		found = append(found, money.Currency(events.Currency))
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func (p creatorParts) explain(ctx context.Context, q *sqlc.Queries, currency money.Currency) (CurrencyExplanation, error) {
	explained := CurrencyExplanation{Currency: currency}
	open, err := p.openItems(ctx, q, currency)
	if err != nil {
		return explained, err
	}
	for _, account := range p.accounts() {
		part, err := p.account(ctx, q, account, currency, &explained.Checks)
		if err != nil {
			return explained, err
		}
		_, name, _ := account.OfCreator()
		switch account {
		case ledger.CreatorReceivable(p.creatorID):
			explained.Accounts = append(explained.Accounts, part)
			continue
		case ledger.CreatorPending(p.creatorID):
			part.Campaigns, part.Kept = p.pendingIn(currency)
		case ledger.CreatorAvailable(p.creatorID):
			part.Campaigns = open.parts()
		default:
			p.explainPayoutBalance(&part, currency)
		}
		part.DifferenceMinor = part.BalanceMinor
		for _, campaign := range part.Campaigns {
			part.DifferenceMinor -= campaign.AmountMinor
		}
		explained.DifferenceMinor += max(part.DifferenceMinor, -part.DifferenceMinor)
		explained.Checks.add(name+"_sums_to_balance", part.DifferenceMinor == 0, "campaigns %d, balance %d", part.BalanceMinor-part.DifferenceMinor, part.BalanceMinor)
		explained.Accounts = append(explained.Accounts, part)
	}
	open.check(&explained.Checks)
	return explained, nil
}

// account reads a balance and compares it with the sum of its entries.
func (p creatorParts) account(ctx context.Context, q *sqlc.Queries, account ledger.Account, currency money.Currency, checks *Checks) (ExplainedAccount, error) {
	part, eventsMinor := ExplainedAccount{Account: account}, int64(0)
	for _, events := range p.events {
		if events.Code == string(account) && events.Currency == string(currency) {
			amountMinor := account.Balance(events.AmountMinor)
			eventsMinor += amountMinor
			part.Events = append(part.Events, AccountEvents{Kind: ledger.Kind(events.Kind), Entries: events.Entries, AmountMinor: amountMinor})
		}
	}
	sumMinor, err := q.GetBalance(ctx, sqlc.GetBalanceParams{Code: string(account), Currency: string(currency)})
	if err != nil {
		return part, err
	}
	part.BalanceMinor = account.Balance(sumMinor)
	_, name, _ := account.OfCreator()
	checks.add(name+"_events_sum_to_balance", eventsMinor == part.BalanceMinor, "events %d, balance %d", eventsMinor, part.BalanceMinor)
	return part, nil
}

// openItems sums the released earnings that no payout holds.
func (p creatorParts) openItems(ctx context.Context, q *sqlc.Queries, currency money.Currency) (releasedEarnings, error) {
	attribution, err := attributionOf(ctx, q, p.creatorID, currency)
	if err != nil {
		return releasedEarnings{}, err
	}
	open := releasedSpans{creatorID: p.creatorID, currency: currency}
	for _, earning := range p.earning {
		if earning.Currency == string(currency) {
			open.add(earning.CampaignID, attribution.Open(earning.CampaignID, math.MaxInt64))
		}
	}
	return open.sum(ctx, q)
}

func (e releasedEarnings) parts() []payout.Line {
	var lines []payout.Line
	for campaignID, sum := range e.sums {
		if sum.TotalMinor() != 0 {
			lines = append(lines, payout.Line{CampaignID: campaignID, AmountMinor: sum.TotalMinor()})
		}
	}
	slices.SortFunc(lines, byCampaign)
	return lines
}

func byCampaign(x, y payout.Line) int { return strings.Compare(x.CampaignID, y.CampaignID) }

func (p creatorParts) pendingIn(currency money.Currency) (lines []payout.Line, kept []KeptEarnings) {
	for _, pending := range p.pending {
		if pending.Currency != string(currency) {
			continue
		}
		lines = append(lines, payout.Line{CampaignID: pending.CampaignID, AmountMinor: pending.AmountMinor})
		if until := p.cards.Until(pending.KeptPaymentAt); until.After(pending.AvailableAt) {
			kept = append(kept, KeptEarnings{CampaignID: pending.CampaignID, Until: until})
		}
	}
	return lines, kept
}

// explainPayoutBalance splits a balance of payouts by the lines of those payouts.
func (p creatorParts) explainPayoutBalance(part *ExplainedAccount, currency money.Currency) {
	sums := map[string]int64{}
	for _, position := range p.positions {
		if position.Code != string(part.Account) || position.Currency != string(currency) {
			continue
		}
		part.Payouts = append(part.Payouts, PayoutPart{PayoutID: position.PayoutID, AmountMinor: position.AmountMinor})
		for _, line := range p.lines[position.PayoutID] {
			sums[line.CampaignID] += line.AmountMinor
		}
	}
	for campaignID, amountMinor := range sums {
		part.Campaigns = append(part.Campaigns, payout.Line{CampaignID: campaignID, AmountMinor: amountMinor})
	}
	slices.SortFunc(part.Campaigns, byCampaign)
}
