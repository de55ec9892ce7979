package access

// Action is something a user may ask for.
type Action string

// The actions.
const (
	CampaignCreate   Action = "campaign.create"
	CampaignSubmit   Action = "campaign.submit"
	CampaignApprove  Action = "campaign.approve"
	CampaignFund     Action = "campaign.fund"
	CampaignPause    Action = "campaign.pause"
	CampaignResume   Action = "campaign.resume"
	CampaignComplete Action = "campaign.complete"
	CampaignCancel   Action = "campaign.cancel"
	CampaignRead     Action = "campaign.read"
	CampaignExplain  Action = "campaign.explain"

	ParticipationApply  Action = "participation.apply"
	ParticipationDecide Action = "participation.decide"

	ClipSubmit Action = "clip.submit"
	ClipReview Action = "clip.review"
	ClipRead   Action = "clip.read"

	CreatorCreate  Action = "creator.create"
	CreatorRead    Action = "creator.read"
	CreatorExplain Action = "creator.explain"
	ChannelAdd     Action = "channel.add"

	PayoutRunStart   Action = "payout_run.start"
	PayoutRunApprove Action = "payout_run.approve"
	PayoutRead       Action = "payout.read"
	PayoutRetry      Action = "payout.retry"
	PayoutCancel     Action = "payout.cancel"
	PayoutResolve    Action = "payout.resolve"

	LedgerRead Action = "ledger.read"

	ReconciliationRead    Action = "reconciliation.read"
	DifferenceAcknowledge Action = "difference.acknowledge"

	CorrectionPropose Action = "correction.propose"
	CorrectionDecide  Action = "correction.decide"

	OrganizationCreate Action = "organization.create"
)

// permissions is the whole policy. A brand has no say over clips, because it would decide
// on what it pays; nor has the brand that asks for a campaign on its approval. Finance reads
// campaigns, clips and creators, because a payout is explained by them.
var permissions = map[Action]map[Role]Scope{
	CampaignCreate:   {Admin: Anybody, Brand: OwnOrganization},
	CampaignSubmit:   {Admin: Anybody, Brand: OwnOrganization},
	CampaignApprove:  {Admin: Anybody, Reviewer: Anybody},
	CampaignFund:     {Admin: Anybody, Brand: OwnOrganization},
	CampaignPause:    {Admin: Anybody, Brand: OwnOrganization},
	CampaignResume:   {Admin: Anybody, Brand: OwnOrganization},
	CampaignComplete: {Admin: Anybody, Brand: OwnOrganization},
	CampaignCancel:   {Admin: Anybody, Brand: OwnOrganization},
	CampaignRead: {
		Admin: Anybody, Brand: OwnOrganization, Creator: LiveOrOwnCreator, Reviewer: Anybody, Finance: Anybody,
	},
	CampaignExplain: {Admin: Anybody, Brand: OwnOrganization, Finance: Anybody},

	ParticipationApply:  {Admin: Anybody, Creator: OwnCreator},
	ParticipationDecide: {Admin: Anybody, Brand: OwnOrganization},

	ClipSubmit: {Admin: Anybody, Creator: OwnCreator},
	ClipReview: {Admin: Anybody, Reviewer: Anybody},
	ClipRead: {
		Admin: Anybody, Brand: OwnOrganization, Creator: OwnCreator, Reviewer: Anybody, Finance: Anybody,
	},

	CreatorCreate:  {Admin: Anybody, Creator: OwnCreator},
	CreatorRead:    {Admin: Anybody, Creator: OwnCreator, Reviewer: Anybody, Finance: Anybody},
	CreatorExplain: {Admin: Anybody, Creator: OwnCreator, Finance: Anybody},
	ChannelAdd:     {Admin: Anybody, Creator: OwnCreator},

	PayoutRunStart:   {Admin: Anybody, Finance: Anybody},
	PayoutRunApprove: {Admin: Anybody, Finance: Anybody},
	PayoutRead:       {Admin: Anybody, Creator: OwnCreator, Finance: Anybody},
	PayoutRetry:      {Admin: Anybody, Finance: Anybody},
	PayoutCancel:     {Admin: Anybody, Finance: Anybody},
	PayoutResolve:    {Admin: Anybody, Finance: Anybody},

	LedgerRead: {Admin: Anybody, Finance: Anybody},

	ReconciliationRead:    {Admin: Anybody, Finance: Anybody},
	DifferenceAcknowledge: {Admin: Anybody, Finance: Anybody},

	// That nobody decides what they proposed is for the correction to hold: it depends on
	// people, not on roles.
	CorrectionPropose: {Admin: Anybody, Finance: Anybody},
	CorrectionDecide:  {Admin: Anybody, Finance: Anybody},

	OrganizationCreate: {Admin: Anybody},
}
