package earnings

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/domain/ledger"
)

// openEarningAccounts opens the accounts that accruals of a campaign's clips post to. The
// caller passes only clips that it has not seen before.
func (s *Store) openEarningAccounts(ctx context.Context, campaignID string, clipIDs []string) error {
	entry := ledger.Entry{Postings: []ledger.Posting{{Account: ledger.CampaignEscrow(campaignID)}, {Account: ledger.PlatformFees}}}
	var missing []string
	for _, clipID := range clipIDs {
		accounts, ok := s.beneficiaries.Get(clipID)
		if !ok {
			missing = append(missing, clipID)
		}
		entry.Postings = append(entry.Postings, accountsOnly(accounts)...)
	}
	if len(missing) > 0 {
		rows, err := s.db.Queries.ListClipBeneficiaries(ctx, missing)
		if err != nil {
			return db.Translate(err)
		}
		for _, row := range rows {
			accounts := []ledger.Account{ledger.CreatorPending(row.CreatorID)}
			if row.AffiliateID != nil {
				// Only next to a commission can a rounding leave the creator with a debt.
				accounts = append(accounts, ledger.CreatorPending(*row.AffiliateID), ledger.CreatorReceivable(row.CreatorID))
			}
			s.beneficiaries.Add(row.ID, accounts)
			entry.Postings = append(entry.Postings, accountsOnly(accounts)...)
		}
	}
	return s.journal.OpenAccounts(ctx, entry)
}

func accountsOnly(accounts []ledger.Account) []ledger.Posting {
	postings := make([]ledger.Posting, len(accounts))
	for i, account := range accounts {
		postings[i].Account = account
	}
	return postings
}
