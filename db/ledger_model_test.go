package db_test

import (
	"maps"
	"slices"
	"time"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// ledgerModel says in memory, and in other words than the code, what every business event
// does to every account in one currency: nothing that happens in another may touch it. Sums
// are debit positive. The one of stripe/platform is Stripe's own statement: it changes when
// Stripe does something, told or not, and the books must have all of it in the end.
type ledgerModel struct {
	currency  money.Currency
	sums      map[ledger.Account]int64
	campaigns []*modelCampaign
	clips     []*modelClip
	holds     []*modelHold
	payouts   []*modelPayout
	payable   map[string]map[string]int64 // by creator, by campaign
	claims    map[string]int64            // by creator
	clock     time.Time
}

// modelCampaign knows facts only: what the brand paid, what was earned of it, and what the
// brand got back or may have got back. What must follow from them is said once, below, and
// holds in whichever order they are told.
type modelCampaign struct {
	id            string
	terms         campaign.Terms
	funded, spent int64
	disputes      []*modelDispute
	refunds       []*modelRefund // that were told
	untold        []*modelRefund // that Stripe has made
}

// owed is what the brand has not got for its money and not got back. Below zero it has got
// more than it paid for, and that is our loss.
func (c *modelCampaign) owed() int64 {
	owed := c.funded - c.spent
	for _, refund := range c.refunds {
		if !refund.failed {
			owed -= refund.refund.AmountMinor
		}
	}
	for _, dispute := range c.disputes {
		if dispute.outcome == "lost" {
			owed -= dispute.dispute.AmountMinor
		}
	}
	return owed
}

func (c *modelCampaign) escrow() int64 { return max(0, c.owed()) }
func (c *modelCampaign) lost() int64   { return max(0, -c.owed()) }

// left is what may be earned: of the rest a bank may have decided that it is the brand's.
func (c *modelCampaign) left() int64 {
	left := c.owed()
	for _, dispute := range c.disputes {
		if dispute.outcome == "" {
			left -= dispute.dispute.AmountMinor
		}
	}
	return max(0, left)
}

type modelDispute struct {
	dispute ledger.Dispute
	outcome string
}

type modelRefund struct {
	refund ledger.Refund
	failed bool
}

type modelClip struct {
	id                 string
	campaign           *modelCampaign
	creator, affiliate string
	poll               int
	views, gross       int64
	clawed             int64
	accruals           []*modelAccrual
}

type modelAccrual struct {
	gross  int64
	parts  []*modelHold // the creator's and the affiliate's
	clawed bool
}

// modelHold is one beneficiary's part of an accrual. It has no due date if nothing was held.
type modelHold struct {
	creator  string
	campaign string
	amount   int64
	due      time.Time
	open     bool
}

type modelPayout struct {
	id      string
	creator string
	lines   map[string]int64
	records *payoutModel
	at      ledger.Account // where its money is; empty in the bank
}

func (m *ledgerModel) post(legs map[ledger.Account]int64) {
	for account, amount := range legs {
		m.sums[account] += amount
	}
}

// claim is what a creator has earned and not had in the bank, less what they owe, wherever it
// lies and whatever it is called there.
func (m *ledgerModel) claim(creator string) int64 {
	claim := m.claims[creator]
	for _, p := range m.payouts {
		if p.creator == creator && p.at == "" {
			claim -= p.amount()
		}
	}
	return claim
}

func (m *ledgerModel) owed(creator string) int64 { return m.sums[ledger.CreatorReceivable(creator)] }

func (m *ledgerModel) available(creator string) int64 {
	total := int64(0)
	for _, amount := range m.payable[creator] {
		total += amount
	}
	return total
}

// learn changes what is known of a campaign; its escrow and our losses follow.
func (m *ledgerModel) learn(c *modelCampaign, fact func()) {
	lost := c.lost()
	fact()
	m.sums[ledger.PlatformLosses] += c.lost() - lost
	m.sums[ledger.CampaignEscrow(c.id)] = -c.escrow()
}

func (m *ledgerModel) fund(c *modelCampaign, gross, fee int64) {
	m.learn(c, func() { c.funded += gross })
	m.post(map[ledger.Account]int64{ledger.StripePlatform: gross - fee, ledger.ProcessingFees: fee})
}

// read returns what the clip's next reading earns.
func (m *ledgerModel) read(clip *modelClip, gained int64) int64 {
	c, terms := clip.campaign, clip.campaign.terms
	clip.views += gained
	clip.poll++
	gross := (clip.views*terms.RateMinorPerThousand+500)/1000 - clip.gross
	ofCreator := int64(0)
	for _, other := range m.clips {
		if other.campaign == c && other.creator == clip.creator {
			ofCreator += other.gross
		}
	}
	for _, left := range []int64{terms.MaxPerClipMinor - clip.gross, terms.MaxPerCreatorMinor - ofCreator, c.left()} {
		gross = min(gross, left)
	}
	if gross <= 0 {
		return 0
	}
	had := clip.shares()
	clip.gross += gross
	has := clip.shares()
	m.sums[ledger.PlatformFees] -= has.fee - had.fee
	accrual := &modelAccrual{gross: gross, parts: []*modelHold{
		m.earn(&modelHold{creator: clip.creator, campaign: c.id, amount: has.creator - had.creator}, terms.Hold.Std()),
		m.earn(&modelHold{creator: clip.affiliate, campaign: c.id, amount: has.affiliate - had.affiliate}, terms.Hold.Std()),
	}}
	m.learn(c, func() { c.spent += gross })
	clip.accruals = append(clip.accruals, accrual)
	return gross
}

// modelShares are what a clip has brought to each, after all that was taken back of it.
type modelShares struct{ creator, fee, affiliate int64 }

func (c *modelClip) shares() modelShares {
	net, terms := c.gross-c.clawed, c.campaign.terms
	shares := modelShares{fee: net * int64(terms.FeeBasisPoints) / 10_000}
	if c.affiliate != "" {
		shares.affiliate = net * int64(terms.AffiliateBasisPoints) / 10_000
	}
	shares.creator = net - shares.fee - shares.affiliate
	return shares
}

// earn holds a part; one below zero is owed, and nothing is held.
func (m *ledgerModel) earn(part *modelHold, wait time.Duration) *modelHold {
	if part.amount == 0 {
		return part
	}
	m.claims[part.creator] += part.amount
	if part.amount < 0 {
		m.sums[ledger.CreatorReceivable(part.creator)] -= part.amount
		return part
	}
	m.sums[ledger.CreatorPending(part.creator)] -= part.amount
	part.due, part.open = m.clock.Add(wait), true
	m.holds = append(m.holds, part)
	return part
}

// release lets due holds go; what a creator owes is paid first, campaign by campaign.
func (m *ledgerModel) release() {
	freed := map[string]map[string]int64{}
	for _, hold := range m.holds {
		if !hold.open || hold.due.After(m.clock) {
			continue
		}
		hold.open = false
		m.post(map[ledger.Account]int64{ledger.CreatorPending(hold.creator): hold.amount, ledger.CreatorAvailable(hold.creator): -hold.amount})
		m.payable[hold.creator][hold.campaign] += hold.amount
		if freed[hold.creator] == nil {
			freed[hold.creator] = map[string]int64{}
		}
		freed[hold.creator][hold.campaign] += hold.amount
	}
	for creator, lines := range freed {
		m.payDebt(creator, lines)
	}
}

func (m *ledgerModel) payDebt(creator string, lines map[string]int64) {
	for _, campaignID := range slices.Sorted(maps.Keys(lines)) {
		amount := min(lines[campaignID], m.owed(creator))
		m.payable[creator][campaignID] -= amount
		m.post(map[ledger.Account]int64{ledger.CreatorAvailable(creator): amount, ledger.CreatorReceivable(creator): -amount})
	}
}

func (m *ledgerModel) reserve(id, creator string) *modelPayout {
	p := &modelPayout{id: id, creator: creator, lines: map[string]int64{}, records: &payoutModel{attempts: map[payout.Phase][]modelAttempt{}}, at: ledger.CreatorAvailable(creator)}
	for campaignID, amount := range m.payable[creator] {
		if amount > 0 {
			p.lines[campaignID] = amount
		}
		m.payable[creator][campaignID] = 0
	}
	m.payouts = append(m.payouts, p)
	m.moved(p)
	return p
}

// accountBusy reports whether another payout of the creator has the account.
func (m *ledgerModel) accountBusy(p *modelPayout) bool {
	return slices.ContainsFunc(m.payouts, func(other *modelPayout) bool {
		return other != p && other.creator == p.creator && other.records.hasAccount()
	})
}

func (p *modelPayout) amount() int64 {
	total := int64(0)
	for _, amount := range p.lines {
		total += amount
	}
	return total
}

// moved posts the way of a payout's money from where it was to where its records say it is.
func (m *ledgerModel) moved(p *modelPayout) {
	to, amount := p.records.where(p.creator), p.amount()
	if p.at == to {
		return
	}
	if p.at != "" {
		m.sums[p.at] += amount
	}
	if to != "" {
		m.sums[to] -= amount
	}
	atStripe := func(account ledger.Account) ledger.Account {
		switch account {
		case ledger.CreatorAvailable(p.creator), ledger.CreatorInTransit(p.creator):
			return ledger.StripePlatform
		case ledger.CreatorConnected(p.creator):
			return ledger.StripeConnected(p.creator)
		}
		return "the bank"
	}
	m.sums[atStripe(p.at)] -= amount
	m.sums[atStripe(to)] += amount
	p.at = to
	if p.records.ended {
		for campaignID, line := range p.lines {
			m.payable[p.creator][campaignID] += line
		}
		m.payDebt(p.creator, p.lines)
	}
}

// clawable is what of a clip was not taken back.
func (c *modelClip) clawable() int64 {
	total := int64(0)
	for _, accrual := range c.accruals {
		if !accrual.clawed {
			total += accrual.gross
		}
	}
	return total
}

func (m *ledgerModel) clawBack(clip *modelClip, amount int64) {
	taken := int64(0)
	for _, accrual := range slices.Backward(clip.accruals) {
		if part := min(accrual.gross, amount-taken); !accrual.clawed && part > 0 {
			m.takeBack(clip, accrual, part)
			taken += part
		}
	}
	m.learn(clip.campaign, func() { clip.campaign.spent -= taken })
}

func (m *ledgerModel) takeBack(clip *modelClip, accrual *modelAccrual, gross int64) {
	accrual.clawed = true
	had := clip.shares()
	clip.clawed += gross
	has := clip.shares()
	m.sums[ledger.PlatformFees] += had.fee - has.fee
	m.takeFrom(accrual.parts[0], had.creator-has.creator)
	m.takeFrom(accrual.parts[1], had.affiliate-has.affiliate)
}

func (m *ledgerModel) takeFrom(part *modelHold, amount int64) {
	if amount == 0 {
		return
	}
	m.claims[part.creator] -= amount
	if amount < 0 {
		due := part.due
		if due.IsZero() {
			due = m.clock
		}
		m.sums[ledger.CreatorPending(part.creator)] += amount
		m.holds = append(m.holds, &modelHold{creator: part.creator, campaign: part.campaign, amount: -amount, due: due, open: true})
		return
	}
	if part.open {
		from := min(amount, part.amount)
		part.amount -= from
		part.open = part.amount > 0
		amount -= from
		m.sums[ledger.CreatorPending(part.creator)] += from
	}
	payable := m.payable[part.creator]
	for _, campaignID := range append([]string{part.campaign}, slices.Sorted(maps.Keys(payable))...) {
		from := min(amount, payable[campaignID])
		payable[campaignID] -= from
		amount -= from
		m.sums[ledger.CreatorAvailable(part.creator)] += from
	}
	m.sums[ledger.CreatorReceivable(part.creator)] += amount
}

// refund is made by Stripe, and told at some time later.
func (m *ledgerModel) refund(c *modelCampaign, refund ledger.Refund) *modelRefund {
	made := &modelRefund{refund: refund}
	c.untold = append(c.untold, made)
	m.sums[ledger.StripePlatform] -= refund.AmountMinor
	return made
}

func (m *ledgerModel) tellRefund(c *modelCampaign, made *modelRefund) {
	c.untold = slices.DeleteFunc(c.untold, func(other *modelRefund) bool { return other == made })
	m.learn(c, func() { c.refunds = append(c.refunds, made) })
}

func (m *ledgerModel) refundFailed(c *modelCampaign, made *modelRefund) {
	m.learn(c, func() { made.failed = true })
	m.sums[ledger.StripePlatform] += made.refund.AmountMinor
}

func (m *ledgerModel) dispute(c *modelCampaign, dispute ledger.Dispute) {
	m.learn(c, func() { c.disputes = append(c.disputes, &modelDispute{dispute: dispute}) })
	m.post(map[ledger.Account]int64{
		ledger.StripeDisputed: dispute.AmountMinor, ledger.ProcessingFees: dispute.FeeMinor, ledger.StripePlatform: -dispute.AmountMinor - dispute.FeeMinor,
	})
}

func (m *ledgerModel) closeDispute(c *modelCampaign, d *modelDispute, outcome string) {
	m.learn(c, func() { d.outcome = outcome })
	m.sums[ledger.StripeDisputed] -= d.dispute.AmountMinor
	if outcome == "won" {
		m.sums[ledger.StripePlatform] += d.dispute.AmountMinor
	}
}
