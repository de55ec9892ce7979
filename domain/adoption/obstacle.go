package adoption

import "github.com/creditroll/creditroll/domain/reconcile"

// Obstacle is why a transfer cannot be adopted.
type Obstacle string

// The obstacles. The first group depends on the transfer alone, so a preview shows it. The second
// one appears when an approved adoption reads the processor.
const (
	NoObstacle        Obstacle = ""
	CreatorUnknown    Obstacle = "creator_unknown"
	CurrencyUnknown   Obstacle = "currency_unknown"
	GenerationUnknown Obstacle = "generation_unknown"
	PartlyReversed    Obstacle = "partly_reversed"
	TransferTwice     Obstacle = "transfer_twice"
	BankPayoutTwice   Obstacle = "bank_payout_twice"
	BankPayoutDiffers Obstacle = "bank_payout_differs"
	CampaignUnknown   Obstacle = "campaign_unknown"

	Reversed        Obstacle = "reversed"
	TransferChanged Obstacle = "transfer_changed"
	PayoutExists    Obstacle = "payout_exists"
)

var sentences = map[Obstacle]string{
	CreatorUnknown:    "no creator is paid through this account: create the creator with the same id and account",
	CurrencyUnknown:   "the currency is not one of ours: reverse the transfer",
	GenerationUnknown: "the metadata has no generation: find out who made the transfer, and reverse it",
	PartlyReversed:    "a part of the transfer was reversed: reverse the rest too",
	TransferTwice:     "another transfer for the same payout is away too: reverse one of them",
	BankPayoutTwice:   "two bank payouts were made for this payout: settle that with the creator, and reverse what is on the account",
	BankPayoutDiffers: "a bank payout of this payout has another amount or currency than the transfer",
	CampaignUnknown:   "the creator has too little available and took part in no campaign in this currency: bring the campaign back first",
	Reversed:          "the transfer was reversed, so there is nothing to adopt",
	TransferChanged:   "the transfer is not what was proposed",
	PayoutExists:      "the books have this payout by now",
}

// Sentence says what the obstacle is, and what a person does about it.
func (o Obstacle) Sentence() string { return sentences[o] }

// generationMax bounds what metadata may claim. Anyone with access to the account can write it.
const generationMax = 50

// Check returns the obstacle in the transfer and the bank payouts themselves.
func (f Found) Check() Obstacle {
	t := f.Transfer
	switch {
	case f.CreatorID == "":
		return CreatorUnknown
	case !t.Currency.Known():
		return CurrencyUnknown
	case t.Generation < 1 || t.Generation > generationMax:
		return GenerationUnknown
	case t.AmountMinor <= 0 || t.Position() == reconcile.Back || t.Position() == reconcile.Absent:
		return Reversed
	case t.ReversedMinor > 0:
		return PartlyReversed
	case f.TwinID != "":
		return TransferTwice
	}
	return f.checkBankPayouts()
}

// checkBankPayouts requires that only the last bank payout is away. An earlier one must have failed
// before it was made.
func (f Found) checkBankPayouts() Obstacle {
	seen, last := map[int]bool{}, 0
	for _, made := range f.BankPayouts {
		switch {
		case made.Generation < 1 || made.Generation > generationMax:
			return GenerationUnknown
		case seen[made.Generation]:
			return BankPayoutTwice
		case f.differs(made):
			return BankPayoutDiffers
		}
		seen[made.Generation], last = true, max(last, made.Generation)
	}
	for _, made := range f.BankPayouts {
		if made.Generation != last && made.Position() != reconcile.Back {
			return BankPayoutTwice
		}
	}
	return NoObstacle
}

// differs reports whether a bank payout cannot be of the transfer. One in another currency is of a
// transfer that was converted: its amount follows from the rate, which the workflow of the payout reads.
func (f Found) differs(made reconcile.Object) bool {
	if made.Currency == f.Transfer.Currency {
		return made.AmountMinor != f.Transfer.AmountMinor
	}
	return !made.Currency.Known() || made.Currency != f.BankPayouts[0].Currency
}

// Same returns the obstacle if the transfer is no longer the one that was proposed.
func (i Item) Same(now reconcile.Object) Obstacle {
	switch {
	case now.Position() == reconcile.Absent || now.Position() == reconcile.Back:
		return Reversed
	case now.PayoutID != i.PayoutID || now.Generation != i.Generation || now.AmountMinor != i.AmountMinor || now.Currency != i.Currency || now.Account != i.Account:
		return TransferChanged
	}
	return NoObstacle
}
