package funding

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/domain/funding"
)

// unfinishedMax is how many deposits, and how many withdrawals, are listed.
const unfinishedMax = 1000

// ListUnfinished returns deposits that wait for their payment, and withdrawals that are not sent. Each of
// them needs a workflow.
func (s *Store) ListUnfinished(ctx context.Context) (deposits []funding.NewDeposit, withdrawals []funding.NewWithdrawal, err error) {
	page := db.Page{Size: unfinishedMax}
	pending, err := s.ListDeposits(ctx, Filter{Status: string(funding.DepositPending)}, page)
	if err != nil {
		return nil, nil, err
	}
	for _, each := range pending {
		deposits = append(deposits, each.NewDeposit)
	}
	for _, status := range []funding.WithdrawalStatus{funding.WithdrawalSending, funding.WithdrawalCancelling} {
		open, err := s.ListWithdrawals(ctx, Filter{Status: string(status)}, page)
		if err != nil {
			return nil, nil, err
		}
		for _, each := range open {
			withdrawals = append(withdrawals, each.NewWithdrawal)
		}
	}
	return deposits, withdrawals, nil
}
