package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
	"github.com/creditroll/creditroll/payments"
)

// Payments has the calls to the payment rail. An activity that moves money is one call with a
// key that was stored before. It can be repeated while the rail remembers the key.
type Payments struct {
	Rail payments.Rail
	// Now is the clock that says whether a call is too old; nil is the machine's.
	Now func() time.Time
}

// The calls to the payment rail.
var (
	// CreateFunding creates the payment of a campaign's budget. A declined payment method is a
	// result and not an error, because the payment exists and must be cancelled.
	CreateFunding = MoneyActivity[rail.FundingRequest, rail.Funding]{"CreateFunding"}
	// GetFunding reads the status of a payment, by its id.
	GetFunding = Activity[string, rail.Funding]{"GetFunding"}
	// FindFunding searches for a payment whose creation had an unknown outcome.
	FindFunding = Activity[FundingGeneration, FoundFunding]{"FindFunding"}
	// CancelFunding cancels a payment that has not succeeded.
	CancelFunding = Activity[string, rail.Funding]{"CancelFunding"}
	// CreateRefund refunds unspent escrow.
	CreateRefund = MoneyActivity[rail.RefundRequest, rail.Refund]{"CreateRefund"}
	// ListRefunds lists the refunds of a payment, newest first.
	ListRefunds = Activity[string, []rail.Refund]{"ListRefunds"}
	// GetDispute reads the status of a dispute.
	GetDispute = Activity[string, rail.Dispute]{"GetDispute"}

	// CheckAccount reads a connected account and returns why it cannot take a payout. What it read
	// says something about a person, so only the conclusion is a payload.
	CheckAccount = Activity[payout.AccountCheck, payout.AccountVerdict]{"CheckAccount"}
	// ReadAccountState reads what a connected account can do. One that is not connected any more is a
	// result, not an error.
	ReadAccountState = Activity[string, rail.AccountState]{"ReadAccountState"}
	// CreateTransfer sends the transfer of a payout.
	CreateTransfer = MoneyActivity[rail.TransferRequest, Found]{"CreateTransfer"}
	// FindTransfer searches for the transfer of a generation.
	FindTransfer = Activity[PayoutGeneration, Found]{"FindTransfer"}
	// ReverseTransfer reverses the transfer of a payout.
	ReverseTransfer = MoneyActivity[rail.ReversalRequest, Found]{"ReverseTransfer"}
	// FindReversal searches for the reversal of a generation.
	FindReversal = Activity[PayoutGeneration, Found]{"FindReversal"}
	// CreateBankPayout sends the bank payout of a payout.
	CreateBankPayout = MoneyActivity[rail.BankPayoutRequest, Found]{"CreateBankPayout"}
	// GetBankPayout reads the status of a bank payout.
	GetBankPayout = Activity[BankPayoutOf, Found]{"GetBankPayout"}
	// FindBankPayout searches for the bank payout of a generation.
	FindBankPayout = Activity[PayoutGeneration, Found]{"FindBankPayout"}
	// ReadTransfer reads how much of a transfer was taken back, by its id.
	ReadTransfer = Activity[string, TransferState]{"ReadTransfer"}
	// ReadBalance reads what is available in one currency, on a connected account or on the
	// platform's.
	ReadBalance = Activity[BalanceOf, rail.Balance]{"ReadBalance"}
	// ReadPlatformBalances reads the platform's balances in all currencies.
	ReadPlatformBalances = Activity[None, []rail.Balance]{"ReadPlatformBalances"}
	// ListSettledCurrencies reads the currencies in which payments of brands are not converted.
	ListSettledCurrencies = Activity[None, []money.Currency]{"ListSettledCurrencies"}
	// ReadNamedObject reads a transfer, reversal or bank payout by the id that an operator gave.
	ReadNamedObject = Activity[rail.NamedRequest, rail.NamedObject]{"ReadNamedObject"}

	// ListProcessorObjects reads one page of a list of the processor.
	ListProcessorObjects = Activity[rail.ListRequest, rail.Page]{"ListProcessorObjects"}
	// GetProcessorObject reads one object by its id. A missing object is a result, not an error.
	GetProcessorObject = Activity[reconcile.Named, rail.Page]{"GetProcessorObject"}
)

// FundingGeneration is a generation of a campaign's or a deposit's payment that was requested at or after
// Since.
type FundingGeneration struct {
	CampaignID string    `json:"campaign_id,omitempty"`
	DepositID  string    `json:"deposit_id,omitempty"`
	Generation int       `json:"generation"`
	Since      time.Time `json:"since"`
}

// FoundFunding is the result of a search for a payment.
type FoundFunding struct {
	Found  bool               `json:"found"`
	ID     string             `json:"id,omitempty"`
	Status rail.FundingStatus `json:"status,omitempty"`
}

// PayoutGeneration is one generation of a phase at the rail.
type PayoutGeneration struct {
	PayoutID   string `json:"payout_id"`
	Generation int    `json:"generation"`
	// Any asks for an alive object of any generation: the books may lack some after a restore.
	Any        bool   `json:"any,omitempty"`
	Account    string `json:"account,omitempty"`
	TransferID string `json:"transfer_id,omitempty"`
}

// BankPayoutOf is a bank payout on a connected account.
type BankPayoutOf struct {
	Account      string `json:"account"`
	BankPayoutID string `json:"bank_payout_id"`
}

// BalanceOf is the balance of an account in one currency. The account of the platform is "".
type BalanceOf struct {
	Account  string         `json:"account"`
	Currency money.Currency `json:"currency"`
}

// TransferState is how much of a transfer was taken back, and its newest reversal.
type TransferState struct {
	AmountMinor    int64  `json:"amount_minor"`
	ReversedMinor  int64  `json:"reversed_minor"`
	LastReversalID string `json:"last_reversal_id,omitempty"`
}

// LeftMinor is the part of the transfer that was not taken back.
func (t TransferState) LeftMinor() int64 { return t.AmountMinor - t.ReversedMinor }

// Found is the result of a call or search for an object of a payout's phase. Only a bank payout
// has the last five fields.
type Found struct {
	Found           bool                  `json:"found"`
	ID              string                `json:"id,omitempty"`
	Status          rail.BankPayoutStatus `json:"status,omitempty"`
	FailureCode     string                `json:"failure_code,omitempty"`
	FailureObjectID string                `json:"failure_object_id,omitempty"`
	ArrivalDate     time.Time             `json:"arrival_date,omitzero"`
	// BankAccount is the rail's id of the bank account or card that it goes to.
	BankAccount string `json:"bank_account,omitempty"`
}

// Register binds the calls that move money and the reads that they need.
func (p Payments) Register(registry Registry) {
	now := p.Now
	if now == nil {
		now = time.Now
	}
	bindMoney(registry, now, CreateFunding, p.createFunding)
	bind(registry, GetFunding, p.Rail.GetFunding)
	bind(registry, FindFunding, func(ctx context.Context, in FundingGeneration) (FoundFunding, error) {
		funding, found, err := p.Rail.FindFunding(ctx, rail.FundingOwner{CampaignID: in.CampaignID, DepositID: in.DepositID}, in.Generation, in.Since)
		return FoundFunding{Found: found, ID: funding.ID, Status: funding.Status}, err
	})
	bind(registry, CancelFunding, p.Rail.CancelFunding)
	bindMoney(registry, now, CreateRefund, p.Rail.CreateRefund)
	bind(registry, ListRefunds, p.Rail.ListRefunds)
	bind(registry, GetDispute, p.Rail.GetDispute)

	bind(registry, CheckAccount, func(ctx context.Context, in payout.AccountCheck) (payout.AccountVerdict, error) {
		account, err := p.Rail.GetAccount(ctx, in.Account)
		if err != nil {
			return payout.AccountVerdict{}, err
		}
		return payout.CheckAccount(account, payout.GateRequest{
			Currency: in.Currency, AmountMinor: in.AmountMinor, Instant: in.Instant, Arrived: in.Arrived, LastRate: in.LastRate, WithBank: in.WithBank,
		}), nil
	})
	bindMoney(registry, now, CreateTransfer, func(ctx context.Context, in rail.TransferRequest) (Found, error) {
		made, err := p.Rail.CreateTransfer(ctx, in)
		return Found{Found: err == nil, ID: made.ID}, err
	})
	bind(registry, FindTransfer, p.findTransfer)
	bindMoney(registry, now, ReverseTransfer, func(ctx context.Context, in rail.ReversalRequest) (Found, error) {
		made, err := p.Rail.ReverseTransfer(ctx, in)
		return Found{Found: err == nil, ID: made.ID}, err
	})
	bind(registry, FindReversal, func(ctx context.Context, in PayoutGeneration) (Found, error) {
		made, found, err := p.Rail.FindReversal(ctx, in.TransferID, in.Generation)
		return Found{Found: found, ID: made.ID}, err
	})
	bindMoney(registry, now, CreateBankPayout, func(ctx context.Context, in rail.BankPayoutRequest) (Found, error) {
		made, err := p.Rail.CreateBankPayout(ctx, in)
		return foundBankPayout(err == nil, made), err
	})
	bind(registry, GetBankPayout, func(ctx context.Context, in BankPayoutOf) (Found, error) {
		made, err := p.Rail.GetBankPayout(ctx, in.Account, in.BankPayoutID)
		return foundBankPayout(err == nil, made), err
	})
	bind(registry, FindBankPayout, p.findBankPayout)
	bind(registry, ReadTransfer, p.readTransfer)
	p.registerConversions(registry)
	bind(registry, ReadBalance, p.readBalance)
	bind(registry, ListSettledCurrencies, func(ctx context.Context, _ None) ([]money.Currency, error) {
		return p.Rail.ListSettledCurrencies(ctx)
	})
	bind(registry, ReadNamedObject, p.Rail.GetNamed)
}

// RegisterReads binds the reads of reconciliation. There are thousands of them, so they have
// their own queue.
func (p Payments) RegisterReads(registry Registry) {
	bind(registry, ReadAccountState, func(ctx context.Context, account string) (rail.AccountState, error) {
		read, err := p.Rail.GetAccount(ctx, account)
		if meaning := rail.MeaningOf(err); meaning == rail.AccountGone || meaning == rail.ObjectMissing {
			return rail.AccountState{Account: account}, nil
		}
		return read.State(), err
	})
	bind(registry, ReadVerification, p.Rail.GetVerification)
	bind(registry, ReadPlatformBalances, func(ctx context.Context, _ None) ([]rail.Balance, error) { return p.Rail.GetBalance(ctx, "") })
	bind(registry, ListProcessorObjects, p.Rail.List)
	bind(registry, GetProcessorObject, func(ctx context.Context, in reconcile.Named) (rail.Page, error) {
		objects, err := p.Rail.Look(ctx, in)
		return rail.Page{Objects: objects}, err
	})
}

func (p Payments) createFunding(ctx context.Context, in rail.FundingRequest) (rail.Funding, error) {
	funding, err := p.Rail.CreateFunding(ctx, in)
	if funding.DeclinedBecause != "" {
		return funding, nil
	}
	return funding, err
}

func foundBankPayout(found bool, made rail.BankPayout) Found {
	return Found{
		Found: found, ID: made.ID, Status: made.Status, FailureCode: made.FailureCode, FailureObjectID: made.FailureTransactionID,
		ArrivalDate: made.ArrivalDate, BankAccount: made.Destination,
	}
}

// generationsMax is how many generations of a phase are searched after a restore.
const generationsMax = 12

// generations returns the generations to look for.
func (g PayoutGeneration) generations() []int {
	if !g.Any {
		return []int{g.Generation}
	}
	all := make([]int, max(generationsMax, g.Generation))
	for i := range all {
		all[i] = i + 1
	}
	return all
}

// findTransfer looks for a transfer. Of any generation, one that was taken back as a whole does not
// count.
func (p Payments) findTransfer(ctx context.Context, in PayoutGeneration) (Found, error) {
	for _, generation := range in.generations() {
		made, found, err := p.Rail.FindTransfer(ctx, in.PayoutID, generation)
		if err != nil {
			return Found{}, err
		}
		if found && (!in.Any || made.ReversedMinor < made.AmountMinor) {
			return Found{Found: true, ID: made.ID}, nil
		}
	}
	return Found{}, nil
}

// findBankPayout looks for a bank payout. Of any generation, one that failed does not count.
func (p Payments) findBankPayout(ctx context.Context, in PayoutGeneration) (Found, error) {
	for _, generation := range in.generations() {
		made, found, err := p.Rail.FindBankPayout(ctx, in.Account, in.PayoutID, generation)
		if err != nil {
			return Found{}, err
		}
		isBack := made.Status == rail.BankPayoutFailed || made.Status == rail.BankPayoutCanceled
		if found && (!in.Any || !isBack) {
			return foundBankPayout(true, made), nil
		}
	}
	return Found{}, nil
}

func (p Payments) readTransfer(ctx context.Context, transferID string) (TransferState, error) {
	transfer, err := p.Rail.GetTransfer(ctx, transferID)
	state := TransferState{AmountMinor: transfer.AmountMinor, ReversedMinor: transfer.ReversedMinor}
	if err != nil || state.ReversedMinor == 0 {
		return state, err
	}
	reversals, err := p.Rail.ListReversals(ctx, transferID)
	if len(reversals) > 0 {
		state.LastReversalID = reversals[0].ID
	}
	return state, err
}

func (p Payments) readBalance(ctx context.Context, of BalanceOf) (rail.Balance, error) {
	balances, err := p.Rail.GetBalance(ctx, of.Account)
	for _, balance := range balances {
		if balance.Currency == of.Currency {
			return balance, err
		}
	}
	return rail.Balance{Currency: of.Currency}, err
}
