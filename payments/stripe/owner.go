package stripe

import (
	"strconv"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// checkOwner requires that a payment is for a campaign or for a deposit, and not for both.
func checkOwner(owner rail.FundingOwner) error {
	switch {
	case owner.CampaignID != "" && owner.DepositID != "":
		return fault.Field(metadataDepositID, "id_invalid", "a payment is for a campaign or for a deposit, not for both")
	case owner.DepositID != "":
		return checkOwnID(metadataDepositID, owner.DepositID)
	}
	return checkOwnID(metadataCampaignID, owner.CampaignID)
}

func ownerMetadata(owner rail.FundingOwner, generation int) map[string]string {
	if owner.DepositID != "" {
		return map[string]string{metadataDepositID: owner.DepositID, metadataGeneration: strconv.Itoa(generation)}
	}
	return map[string]string{metadataCampaignID: owner.CampaignID, metadataGeneration: strconv.Itoa(generation)}
}

func ownerGroup(owner rail.FundingOwner) string {
	if owner.DepositID != "" {
		return names.DepositGroup(owner.DepositID)
	}
	return names.CampaignGroup(owner.CampaignID)
}

func belongsToOwner(metadata map[string]string, owner rail.FundingOwner, generation int) bool {
	for name, value := range ownerMetadata(owner, generation) {
		if metadata[name] != value {
			return false
		}
	}
	return true
}

// checkRefundOwner requires that a refund of a deposit names the withdrawal that requests it. One of a
// payment that was converted has none, because nothing of it is in a balance.
func checkRefundOwner(request rail.RefundRequest) error {
	if request.Converted {
		return firstOf(checkOwner(rail.FundingOwner{CampaignID: request.CampaignID, DepositID: request.DepositID}), checkGeneration(request.Number))
	}
	if request.DepositID == "" {
		return checkOwnID(metadataCampaignID, request.CampaignID)
	}
	return firstOf(checkOwner(rail.FundingOwner{CampaignID: request.CampaignID, DepositID: request.DepositID}),
		checkOwnID(metadataWithdrawalID, request.WithdrawalID), checkGeneration(request.Number))
}

func refundMetadata(request rail.RefundRequest) map[string]string {
	if request.Converted {
		return ownerMetadata(rail.FundingOwner{CampaignID: request.CampaignID, DepositID: request.DepositID}, request.Number)
	}
	if request.DepositID == "" {
		return map[string]string{metadataCampaignID: request.CampaignID}
	}
	metadata := ownerMetadata(rail.FundingOwner{DepositID: request.DepositID}, request.Number)
	metadata[metadataWithdrawalID] = request.WithdrawalID
	return metadata
}
