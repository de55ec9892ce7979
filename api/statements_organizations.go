package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/statement"
)

// GetOrganizationStatement answers with the statements of an organization's balance for a month; brands
// see only their own.
func (r *resources) GetOrganizationStatement(ctx context.Context, request openapi.GetOrganizationStatementRequestObject) (openapi.GetOrganizationStatementResponseObject, error) {
	_, organization, err := r.permitOrganization(ctx, access.BalanceRead, request.OrganizationId)
	if err != nil {
		return nil, err
	}
	var currency money.Currency
	if request.Params.Currency != nil {
		if currency, err = money.ParseCurrency(*request.Params.Currency); err != nil {
			return nil, withField(err, "currency")
		}
	}
	read, err := r.store.Statements.GetOrganization(ctx, request.OrganizationId, request.Period, currency, r.now())
	if err != nil {
		return nil, err
	}
	return statementAnswer{OrganizationStatement(organization.ID, organization.Name, request.Period, read), given(request.Params.Format)}, nil
}

// GetDepositReceipt answers with the receipt of one payment into the balance; brands see only their own.
func (r *resources) GetDepositReceipt(ctx context.Context, request openapi.GetDepositReceiptRequestObject) (openapi.GetDepositReceiptResponseObject, error) {
	if _, _, err := r.permitOrganization(ctx, access.BalanceRead, request.OrganizationId); err != nil {
		return nil, err
	}
	read, err := r.store.Statements.GetDepositReceipt(ctx, request.OrganizationId, request.PaymentId)
	if err != nil {
		return nil, err
	}
	return statementAnswer{DepositReceiptStatement(read), given(request.Params.Format)}, nil
}

// VisitGetOrganizationStatementResponse writes the answer.
func (a statementAnswer) VisitGetOrganizationStatementResponse(w http.ResponseWriter) error {
	return a.write(w)
}

// VisitGetDepositReceiptResponse writes the answer.
func (a statementAnswer) VisitGetDepositReceiptResponse(w http.ResponseWriter) error {
	return a.write(w)
}

// OrganizationStatement returns the statements of an organization's balance for a month, in all currencies.
func OrganizationStatement(organizationID, name, period string, read []statement.Organization) Statement {
	s := Statement{
		Title: "Statement of the balance " + period,
		Facts: []Fact{{"Organization", organizationID}, {"Name", name}, {"Month (UTC)", period}},
		document: openapi.OrganizationStatements{
			OrganizationId: organizationID, Name: name, Period: period, Items: each(read, organizationStatementOf),
		},
	}
	for _, each := range read {
		if each.Preliminary {
			s.Facts = append(s.Facts, preliminaryMonth)
			break
		}
	}
	for _, each := range read {
		s.addBalance(each)
	}
	return s
}

func (s *Statement) addBalance(read statement.Organization) {
	add := adder{s, read.Currency}
	add.amounts("balance", []amountOf{
		{"opening_balance", read.OpeningMinor},
		{"deposited", read.DepositedMinor},
		{"moved_to_campaigns", read.ToCampaignsMinor},
		{"returned_from_campaigns", read.FromCampaignsMinor},
		{"withdrawn", read.WithdrawnMinor},
		{"withdrawals_returned", read.WithdrawalsReturnedMinor},
		{"refunded_directly", read.RefundedDirectlyMinor},
		{"charged_back", read.ChargedBackMinor},
		{"settled_outside", read.SettledOutsideMinor},
		{"adjustments", read.AdjustmentsMinor},
		{"other", read.OtherMinor},
		{"closing_balance", read.ClosingMinor},
	})
	add.amounts("for_information", []amountOf{
		{"of_it_being_withdrawn", read.WithdrawingMinor}, {"in_dispute", read.DisputedMinor()},
	})
	add.lines("entries", read.Lines, "")
	add.disputes(read.Disputes)
}

// DepositReceiptStatement returns the receipt of one payment into a balance.
func DepositReceiptStatement(read statement.DepositReceipt) Statement {
	s := Statement{Title: "Receipt of a deposit", document: depositReceiptOf(read), Facts: []Fact{
		{"Organization", read.OrganizationID}, {"Name", read.Name}, {"Deposit", read.DepositID}, {"Payment", read.PaymentID},
	}}
	if read.Method != "" {
		s.Facts = append(s.Facts, Fact{"Method", strings.ReplaceAll(read.Method, "_", " ")})
	}
	s.Facts = append(s.Facts, Fact{"Paid", moment(read.PaidAt)}, Fact{"Booked", moment(read.BookedAt)})
	add := adder{&s, read.Currency}
	row := StatementRow{ID: read.PaymentID, At: &read.PaidAt}
	add.row("payment", "paid", row, read.PaidMinor)
	add.row("payment", "of_it_processing_surcharge", row, read.SurchargeMinor)
	add.row("payment", "of_it_balance", row, read.DepositedMinor)
	if otherMinor := read.OtherMinor(); otherMinor != 0 {
		add.row("payment", "of_it_other", row, otherMinor)
	}
	add.amounts("since_then", []amountOf{{"refunded", read.RefundedMinor}, {"charged_back", read.ChargedBackMinor}, {"paid_and_not_returned", read.NetMinor()}})
	add.amounts("for_information", []amountOf{{"in_dispute", read.DisputedMinor()}})
	add.lines("returns", read.Returns, read.PaymentID)
	add.disputes(read.Disputes)
	return s
}

// lines adds entries. The head of the document may have their payment already.
func (a adder) lines(section string, lines []statement.BalanceLine, paymentInHead string) {
	for _, line := range lines {
		if line.PaymentID == paymentInHead {
			line.PaymentID = ""
		}
		row := StatementRow{ID: line.Reference, Detail: detailOf(line), At: &line.At}
		if line.Item == statement.ToCampaigns || line.Item == statement.FromCampaigns {
			row.ID = line.CampaignID // the reference only adds a number
		}
		a.row(section, string(line.Item), row, line.AmountMinor)
	}
}

// detailOf says what a line is about, beyond its reference.
func detailOf(line statement.BalanceLine) string {
	var parts []string
	add := func(prefix, text string) {
		if text != "" && text != line.Reference {
			parts = append(parts, prefix+text)
		}
	}
	add("payment ", line.PaymentID)
	add("campaign ", line.CampaignName)
	add("withdrawal ", line.WithdrawalID)
	add("", line.Reason)
	return strings.Join(parts, ", ")
}

func organizationStatementOf(read statement.Organization) openapi.OrganizationStatement {
	return openapi.OrganizationStatement{
		Currency: string(read.Currency), Preliminary: read.Preliminary,
		OpeningMinor: read.OpeningMinor, DepositedMinor: read.DepositedMinor, MovedToCampaignsMinor: read.ToCampaignsMinor, ReturnedFromCampaignsMinor: read.FromCampaignsMinor,
		WithdrawnMinor: read.WithdrawnMinor, WithdrawalsReturnedMinor: read.WithdrawalsReturnedMinor, RefundedDirectlyMinor: read.RefundedDirectlyMinor,
		ChargedBackMinor: read.ChargedBackMinor, SettledOutsideMinor: read.SettledOutsideMinor, AdjustmentsMinor: read.AdjustmentsMinor, OtherMinor: read.OtherMinor,
		ClosingMinor: read.ClosingMinor, DifferenceMinor: read.DifferenceMinor(), WithdrawingMinor: read.WithdrawingMinor, DisputedMinor: read.DisputedMinor(),
		Lines: each(read.Lines, balanceLineOf), Disputes: each(read.Disputes, statementDisputeOf),
	}
}

func depositReceiptOf(read statement.DepositReceipt) openapi.DepositReceipt {
	return openapi.DepositReceipt{
		OrganizationId: read.OrganizationID, Name: read.Name, DepositId: read.DepositID, PaymentId: read.PaymentID, Method: text(read.Method), EntryId: read.EntryID,
		PaidAt: read.PaidAt, BookedAt: read.BookedAt, Currency: string(read.Currency), PaidMinor: read.PaidMinor, SurchargeMinor: read.SurchargeMinor,
		DepositedMinor: read.DepositedMinor, OtherMinor: read.OtherMinor(), RefundedMinor: read.RefundedMinor, ChargedBackMinor: read.ChargedBackMinor,
		NetMinor: read.NetMinor(), DisputedMinor: read.DisputedMinor(), Returns: each(read.Returns, balanceLineOf), Disputes: each(read.Disputes, statementDisputeOf),
	}
}

func balanceLineOf(line statement.BalanceLine) openapi.BalanceLine {
	return openapi.BalanceLine{
		EntryId: line.EntryID, Kind: string(line.Kind), Item: string(line.Item), Reference: line.Reference, At: line.At, AmountMinor: line.AmountMinor,
		DepositId: text(line.DepositID), PaymentId: text(line.PaymentID), CampaignId: text(line.CampaignID), CampaignName: text(line.CampaignName),
		WithdrawalId: text(line.WithdrawalID), Reason: text(line.Reason),
	}
}
