package api

import (
	"strconv"
	"time"

	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/statement"
)

// Statement is a document that can be written in each format. Its rows are the lines of the CSV file
// and of the tables to print.
type Statement struct {
	// Title and Facts are the head of the page.
	Title string
	Facts []Fact
	Rows  []StatementRow

	document any
}

// Fact is a line in the head of a page.
type Fact struct{ Name, Value string }

// Document returns the statement in the form of the API's JSON.
func (s Statement) Document() any { return s.document }

// StatementRow is one line of a statement. Fields that a section does not use are empty.
type StatementRow struct {
	Section  string
	Item     string
	ID       string
	Detail   string
	At       *time.Time
	Clips    *int64
	Views    *int64
	Currency money.Currency
	// AmountMinor is nil in a row without an amount.
	AmountMinor *int64
}

var preliminaryMonth = Fact{"Preliminary", "The accounting period is open: entries may still be dated in it."}

const identityNote = "No names or addresses. Stripe holds the identity."

// CreatorStatement returns the statements of a creator for a month, in all currencies.
func CreatorStatement(creatorID, period string, read []statement.Creator) Statement {
	s := Statement{
		Title:    "Statement " + period,
		Facts:    []Fact{{"Creator", creatorID}, {"Month (UTC)", period}, {"Identity", identityNote}},
		document: creatorStatementsDocument(creatorID, period, read),
	}
	for _, each := range read {
		if each.Preliminary {
			s.Facts = append(s.Facts, preliminaryMonth)
			break
		}
	}
	for _, each := range read {
		s.addCreator(each)
	}
	return s
}

func (s *Statement) addCreator(read statement.Creator) {
	add := adder{s, read.Currency}
	add.amounts("balance", []amountOf{
		{"opening_balance", read.OpeningMinor},
		{"earned", read.EarnedMinor},
		{"commissions", read.CommissionsMinor},
		{"clawed_back", read.ClawedBackMinor},
		{"adjustments", read.AdjustmentsMinor},
		{"written_off", read.WrittenOffMinor},
		{"instant_fees", read.InstantFeesMinor},
		{"paid", read.PaidMinor},
		{"settled_outside", read.SettledOutsideMinor},
		{"other", read.OtherMinor},
		{"closing_balance", read.ClosingMinor},
	})
	add.amounts("for_information", []amountOf{
		{"debts_recovered", read.RecoveredMinor}, {"platform_fees", read.PlatformFeesMinor}, {"affiliate_shares", read.AffiliateSharesMinor},
	})
	for _, part := range read.Campaigns {
		row := StatementRow{ID: part.CampaignID}
		if part.Clips > 0 || part.EarnedMinor != 0 {
			earned := row
			earned.Clips, earned.Views = &part.Clips, &part.ViewsCredited
			add.row("campaigns", "earned", earned, part.EarnedMinor)
		}
		for _, other := range []amountOf{{"commissions", part.CommissionsMinor}, {"clawed_back", part.ClawedBackMinor}} {
			if other.minor != 0 {
				add.row("campaigns", other.item, row, other.minor)
			}
		}
	}
	for _, part := range read.Payouts {
		detail := string(part.Status) + ", " + string(part.Method) + ", " + amountText(part.AmountMinor, read.Currency)
		if part.TransferID != "" {
			detail += ", transfer " + part.TransferID
		}
		if part.BankPayoutID != "" {
			detail += ", bank payout " + part.BankPayoutID
		}
		if part.Bank.Currency != "" {
			detail += ", converted to " + part.Bank.String() + " at " + part.ExchangeRate
		}
		at := part.PaidAt
		if at == nil {
			at = &part.CreatedAt
		}
		add.row("payouts", "paid", StatementRow{ID: part.PayoutID, Detail: detail, At: at}, part.PaidMinor+part.SettledOutsideMinor)
	}
	for _, part := range read.Corrections {
		add.row("corrections", string(part.Item), StatementRow{ID: part.CorrectionID, Detail: part.Reason}, part.AmountMinor)
	}
}

// CampaignStatement returns the statement of a campaign.
func CampaignStatement(read statement.Campaign) Statement {
	s := Statement{Title: "Statement of a campaign", document: campaignStatementOf(read), Facts: []Fact{
		{"Campaign", read.CampaignID}, {"Name", read.Name}, {"Organization", read.OrganizationID}, {"Status", string(read.Status)}, {"As of", moment(read.At)},
	}}
	if read.Preliminary() {
		s.Facts = append(s.Facts, Fact{"Preliminary", "The campaign is not closed: amounts may still change."})
	}
	add := adder{&s, read.Terms.Currency}
	add.amounts("terms", []amountOf{{"budget", read.Terms.BudgetMinor}, {"rate_per_1000_views", read.Terms.RateMinorPerThousand}})
	add.detail("terms", "platform_fee", basisPoints(read.Terms.FeeBasisPoints))
	add.detail("terms", "affiliate_share", basisPoints(read.Terms.AffiliateBasisPoints))
	add.amounts("terms", []amountOf{{"processing_surcharge", read.Terms.SurchargeMinor}})
	add.detail("terms", "processing_fee_paid_by", string(read.Terms.ProcessingFeePaidBy))
	add.amounts("escrow", []amountOf{
		{"funded", read.FundedMinor},
		{"spent_on_creators", read.SpentCreatorsMinor},
		{"spent_on_affiliates", read.SpentAffiliatesMinor},
		{"platform_fees", read.SpentFeesMinor},
		{"clawed_back", read.ClawedBackMinor},
		{"refunded", read.RefundedMinor},
		{"charged_back", read.ChargedBackMinor},
		{"settled_outside", read.SettledOutsideMinor},
		{"paid_by_platform", read.ShortfallMinor},
		{"other", read.OtherMinor},
		{"remaining", read.RemainingMinor},
	})
	add.amounts("for_information", []amountOf{{"frozen_by_disputes", read.DisputedMinor}})
	for _, receipt := range read.Receipts {
		add.receipt("payments", receipt)
	}
	for _, entry := range read.Entries {
		add.row("entries", string(entry.Item), StatementRow{ID: entry.Reference, Detail: string(entry.Kind), At: &entry.At}, entry.AmountMinor)
	}
	add.disputes(read.Disputes)
	for _, cost := range read.Platforms {
		add.cost("platforms", string(cost.Platform), cost)
	}
	for _, cost := range read.Creators {
		add.cost("creators", cost.CreatorID, cost)
	}
	if read.OtherCreators > 0 {
		add.cost("creators", strconv.FormatInt(read.OtherCreators, 10)+" others", read.Others)
	}
	return s
}

// ReceiptStatement returns the receipt of one payment.
func ReceiptStatement(read statement.Receipt) Statement {
	s := Statement{Title: "Receipt", document: receiptOf(read), Facts: []Fact{
		{"Campaign", read.CampaignID}, {"Organization", read.OrganizationID}, {"Payment", read.PaymentID}, {"Paid", moment(read.PaidAt)},
	}}
	add := adder{&s, read.Currency}
	add.receipt("payment", read)
	return s
}

// adder adds rows in one currency.
type adder struct {
	*Statement
	currency money.Currency
}

type amountOf struct {
	item  string
	minor int64
}

func (a adder) row(section, item string, row StatementRow, amountMinor int64) {
	row.Section, row.Item, row.Currency, row.AmountMinor = section, item, a.currency, &amountMinor
	a.Rows = append(a.Rows, row)
}

func (a adder) amounts(section string, amounts []amountOf) {
	for _, each := range amounts {
		a.row(section, each.item, StatementRow{}, each.minor)
	}
}

func (a adder) detail(section, item, detail string) {
	a.Rows = append(a.Rows, StatementRow{Section: section, Item: item, Detail: detail, Currency: a.currency})
}

func (a adder) receipt(section string, read statement.Receipt) {
	row := StatementRow{ID: read.PaymentID, At: &read.PaidAt}
	a.row(section, "paid", row, read.PaidMinor)
	a.row(section, "of_it_processing_surcharge", row, read.SurchargeMinor)
	a.row(section, "of_it_budget", row, read.BudgetMinor)
	if otherMinor := read.OtherMinor(); otherMinor != 0 {
		a.row(section, "of_it_other", row, otherMinor)
	}
}

func (a adder) disputes(disputes []statement.Dispute) {
	for _, dispute := range disputes {
		a.row("disputes", dispute.Status, StatementRow{ID: dispute.DisputeID, Detail: "of payment " + dispute.PaymentID, At: &dispute.OpenedAt}, dispute.AmountMinor)
	}
}

func (a adder) cost(section, id string, cost statement.Cost) {
	a.row(section, "cost", StatementRow{ID: id, Clips: &cost.Clips, Views: &cost.Views}, cost.CostMinor)
	if cost.ClawedBackMinor != 0 {
		a.row(section, "clawed_back", StatementRow{ID: id}, -cost.ClawedBackMinor)
	}
}

func amountText(minor int64, currency money.Currency) string {
	return money.Amount{Minor: minor, Currency: currency}.String()
}

func moment(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

// basisPoints returns a share in percent, such as "12.50 %".
func basisPoints(points int) string {
	return strconv.Itoa(points/100) + "." + strconv.Itoa(points%100/10) + strconv.Itoa(points%10) + " %"
}
