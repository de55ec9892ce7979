package access

// Action is what a user asks to do.
type Action string

// The actions.
const (
	CampaignCreate   Action = "campaign.create"
	CampaignSubmit   Action = "campaign.submit"
	CampaignApprove  Action = "campaign.approve"
	CampaignFund     Action = "campaign.fund"
	CampaignAmend    Action = "campaign.amend"
	CampaignPause    Action = "campaign.pause"
	CampaignResume   Action = "campaign.resume"
	CampaignComplete Action = "campaign.complete"
	CampaignCancel   Action = "campaign.cancel"
	CampaignRead     Action = "campaign.read"
	CampaignExplain  Action = "campaign.explain"
	CampaignExposure Action = "campaign.exposure"

	ParticipationApply  Action = "participation.apply"
	ParticipationDecide Action = "participation.decide"

	ClipSubmit Action = "clip.submit"
	ClipReview Action = "clip.review"
	ClipRead   Action = "clip.read"
	ClipAppeal Action = "clip.appeal"

	// AppealDecide decides appeals of others, and AppealRead reads them.
	AppealRead   Action = "appeal.read"
	AppealDecide Action = "appeal.decide"

	// EvidenceAdd adds evidence to a clip, and EvidenceRead lists and downloads it.
	EvidenceAdd  Action = "evidence.add"
	EvidenceRead Action = "evidence.read"

	CreatorCreate  Action = "creator.create"
	CreatorRead    Action = "creator.read"
	CreatorExplain Action = "creator.explain"
	CreatorFreeze  Action = "creator.freeze"
	ChannelAdd     Action = "channel.add"
	ChannelRead    Action = "channel.read"
	// ChannelProve begins and cancels a proof. ChannelDecide proves by hand, and revokes.
	ChannelProve  Action = "channel.prove"
	ChannelDecide Action = "channel.decide"

	// AccountCreate creates a connected account and leads to its onboarding. AccountConfirm takes one
	// that exists already. AccountReplace and AccountApprove need two people.
	AccountCreate  Action = "account.create"
	AccountConfirm Action = "account.confirm"
	AccountReplace Action = "account.replace"
	AccountApprove Action = "account.approve"

	PayoutRunStart   Action = "payout_run.start"
	PayoutRunApprove Action = "payout_run.approve"
	PayoutRunCancel  Action = "payout_run.cancel"
	PayoutRunExclude Action = "payout_run.exclude"
	PayoutRead       Action = "payout.read"
	PayoutRetry      Action = "payout.retry"
	PayoutCancel     Action = "payout.cancel"
	PayoutResolve    Action = "payout.resolve"
	// PayoutRequest asks for an instant payout of one's own balance.
	PayoutRequest Action = "payout.request"

	LedgerRead Action = "ledger.read"

	SwitchRead Action = "switch.read"
	SwitchSet  Action = "switch.set"

	// TrackingCostRead reads what the platform pays for readings.
	TrackingCostRead Action = "tracking_cost.read"
	// TrackingQuotaRead reads how often providers may still be asked.
	TrackingQuotaRead Action = "tracking_quota.read"

	ReconciliationRead    Action = "reconciliation.read"
	DifferenceAcknowledge Action = "difference.acknowledge"

	CorrectionPropose Action = "correction.propose"
	CorrectionDecide  Action = "correction.decide"

	AdoptionPropose Action = "adoption.propose"
	AdoptionDecide  Action = "adoption.decide"

	OrganizationCreate Action = "organization.create"
	OrganizationVerify Action = "organization.verify"

	// BalanceRead reads the balance of an organization, its deposits, withdrawals, statements and receipts.
	BalanceRead      Action = "balance.read"
	DepositCreate    Action = "deposit.create"
	DepositCancel    Action = "deposit.cancel"
	WithdrawalCreate Action = "withdrawal.create"
	WithdrawalCancel Action = "withdrawal.cancel"
)

// permissions is the whole policy. A brand decides neither on clips, because it pays for them,
// nor on the approval of its own campaigns. Finance reads campaigns, clips and creators, because
// they explain a payout.
var permissions = map[Action]map[Role]Scope{
	CampaignCreate:   {Admin: All, Brand: OwnOrganization},
	CampaignSubmit:   {Admin: All, Brand: OwnOrganization},
	CampaignApprove:  {Admin: All, Reviewer: All},
	CampaignFund:     {Admin: All, Brand: OwnOrganization},
	CampaignAmend:    {Admin: All, Brand: OwnOrganization},
	CampaignPause:    {Admin: All, Brand: OwnOrganization},
	CampaignResume:   {Admin: All, Brand: OwnOrganization},
	CampaignComplete: {Admin: All, Brand: OwnOrganization},
	CampaignCancel:   {Admin: All, Brand: OwnOrganization},
	CampaignRead: {
		Admin: All, Brand: OwnOrganization, Creator: LiveOrOwnCreator, Reviewer: All, Finance: All,
	},
	CampaignExplain: {Admin: All, Brand: OwnOrganization, Finance: All},
	// Reviewers see what their approvals would cost.
	CampaignExposure: {Admin: All, Brand: OwnOrganization, Reviewer: All, Finance: All},

	ParticipationApply:  {Admin: All, Creator: OwnCreator},
	ParticipationDecide: {Admin: All, Brand: OwnOrganization},

	ClipSubmit: {Admin: All, Creator: OwnCreator},
	ClipReview: {Admin: All, Reviewer: All},
	ClipRead: {
		Admin: All, Brand: OwnOrganization, Creator: OwnCreator, Reviewer: All, Finance: All,
	},

	ClipAppeal: {Admin: All, Creator: OwnCreator},

	// db/clips refuses a decision by the person who took the first one.
	AppealRead:   {Admin: All, Reviewer: All},
	AppealDecide: {Admin: All, Reviewer: All},

	// Screenshots show people and accounts, so only those who need them see them.
	EvidenceAdd:  {Creator: OwnCreator, Reviewer: All},
	EvidenceRead: {Creator: OwnCreator, Reviewer: All},

	CreatorCreate:  {Admin: All, Creator: OwnCreator, Finance: All},
	CreatorRead:    {Admin: All, Creator: OwnCreator, Reviewer: All, Finance: All},
	CreatorExplain: {Admin: All, Creator: OwnCreator, Finance: All},
	CreatorFreeze:  {Admin: All, Finance: All},
	ChannelAdd:     {Admin: All, Creator: OwnCreator},
	ChannelRead:    {Admin: All, Creator: OwnCreator, Reviewer: All, Finance: All},
	ChannelProve:   {Admin: All, Creator: OwnCreator},
	ChannelDecide:  {Admin: All},

	AccountCreate:  {Admin: All, Creator: OwnCreator},
	AccountConfirm: {Admin: All, Finance: All},
	// db/payouts refuses an approval by the proposer.
	AccountReplace: {Admin: All, Finance: All},
	AccountApprove: {Admin: All, Finance: All},

	PayoutRunStart:   {Admin: All, Finance: All},
	PayoutRunApprove: {Admin: All, Finance: All},
	PayoutRunCancel:  {Admin: All, Finance: All},
	PayoutRunExclude: {Admin: All, Finance: All},
	PayoutRead:       {Admin: All, Creator: OwnCreator, Finance: All},
	PayoutRetry:      {Admin: All, Finance: All},
	PayoutCancel:     {Admin: All, Finance: All},
	PayoutResolve:    {Admin: All, Finance: All},
	// What others start by hand is a run, which a second person approves.
	PayoutRequest: {Creator: OwnCreator},

	LedgerRead: {Admin: All, Finance: All},

	SwitchRead: {Admin: All, Finance: All},
	SwitchSet:  {Admin: All},

	TrackingCostRead:  {Admin: All, Finance: All},
	TrackingQuotaRead: {Admin: All, Finance: All},

	ReconciliationRead:    {Admin: All, Finance: All},
	DifferenceAcknowledge: {Admin: All, Finance: All},

	// db/corrections refuses a decision by the proposer, because that depends on the person and
	// not on the role.
	CorrectionPropose: {Admin: All, Finance: All},
	CorrectionDecide:  {Admin: All, Finance: All},

	// The same holds for adoptions, in db/payouts.
	AdoptionPropose: {Admin: All, Finance: All},
	AdoptionDecide:  {Admin: All, Finance: All},

	OrganizationCreate: {Admin: All},
	OrganizationVerify: {Admin: All, Brand: OwnOrganization},

	BalanceRead:      {Admin: All, Brand: OwnOrganization, Finance: All},
	DepositCreate:    {Admin: All, Brand: OwnOrganization, Finance: All},
	DepositCancel:    {Admin: All, Brand: OwnOrganization, Finance: All},
	WithdrawalCreate: {Admin: All, Brand: OwnOrganization, Finance: All},
	WithdrawalCancel: {Admin: All, Brand: OwnOrganization, Finance: All},
}
