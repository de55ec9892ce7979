package clip

// Actor is who has to act next.
type Actor string

// The actors. NoActor: the clip goes on, or has ended, without anything to do.
const (
	ByCreator  Actor = "creator"
	ByReviewer Actor = "reviewer"
	ByPlatform Actor = "platform"
	NoActor    Actor = "none"
)

// Explanation tells a creator what a reason means.
type Explanation struct {
	Text string
	// Next is who acts next.
	Next Actor
}

// WaitingUnreadable: providers read other posts, and have no usable answer about this one.
const WaitingUnreadable = "unreadable"

// WaitingForQuota: the providers may not be asked more often now. It says nothing about the post.
const WaitingForQuota = "quota"

// waitingTexts explain what a clip waits for.
var waitingTexts = map[string]Explanation{
	string(ViewsHidden):   {"The platform shows no view count of this post. If the settings of the post hide it, show it. The clip is read again by itself, and all views count then. A reviewer can also decide on the clip.", ByCreator},
	string(Photo):         {"This post is a photo, and the platform counts no views of photos. Submit a video instead. A reviewer can also decide on the clip.", ByCreator},
	string(Carousel):      {"This post is a carousel, and the platform counts no views of carousels. Submit a video instead. A reviewer can also decide on the clip.", ByCreator},
	string(Premiere):      {"This post is announced and has not begun. The clip is read by itself once it is public. There is nothing to do.", NoActor},
	string(MembersOnly):   {"The platform shows no view count of this post, as for posts that only members can watch. Make the post public. All views count then.", ByCreator},
	string(Unlisted):      {"This post is unlisted, so only people with the link find it. Make the post public. All views count then.", ByCreator},
	string(RegionBlocked): {"The platform blocks this post by country and shows no view count. Remove the restriction, or the claim that caused it. All views count then.", ByCreator},
	string(Restricted):    {"The platform shows this post only to some people, by age or after a login. Remove the restriction, if there is one. The clip is read again by itself, and all views count then.", ByCreator},
	WaitingForProof:       {"You have not proven that the channel of this post is yours, so it earns nothing yet. Prove the channel: all views count then.", ByCreator},
	WaitingUnreadable:     {"The providers read other posts and cannot read this one. Check that everyone can open it without a login. It is read again by itself, and all views count then. A reviewer can also decide on the clip.", ByCreator},
	WaitingForQuota:       {"The platform's counters can be read only so often, and that is used up for now. The clip is read again by itself once more readings are allowed, and all views count then. There is nothing to do.", NoActor},
	"not_found":           {"No provider finds this post at the moment. Check that it is public. The providers are asked again, and the clip ends only if the post stays missing.", ByPlatform},
	"private":             {"This post is private. Make it public. The clip ends if the post stays private.", ByCreator},
	"removed":             {"The platform has taken this post down. The clip ends if it stays down. What it earned remains.", ByCreator},
}

// endedTexts explain why a clip has ended, or is in review.
var endedTexts = map[string]Explanation{
	string(ViewsHidden):        {"The platform showed no view count of this post for too long. Once it shows one, submit the post again while the campaign is live. What it earned remains.", ByCreator},
	string(Photo):              {"This post is a photo, and the platform counts no views of photos. Submit a video instead.", ByCreator},
	string(Carousel):           {"This post is a carousel, and the platform counts no views of carousels. Submit a video instead.", ByCreator},
	string(Premiere):           {"This post was announced and did not begin in time. Submit it again once it is public, while the campaign is live.", ByCreator},
	string(MembersOnly):        {"The platform showed no view count of this post, as for posts that only members can watch. Make the post public, then submit it again while the campaign is live. What it earned remains.", ByCreator},
	string(Unlisted):           {"This post stayed unlisted. Make it public, then submit it again while the campaign is live. What it earned remains.", ByCreator},
	string(RegionBlocked):      {"The platform blocked this post by country for too long. Remove the restriction, then submit the post again while the campaign is live. What it earned remains.", ByCreator},
	string(Restricted):         {"The platform showed this post only to some people for too long. Remove the restriction, then submit the post again while the campaign is live. What it earned remains.", ByCreator},
	"not_found":                {"No provider found this post any more. If it is public, submit it again while the campaign is live. What it earned remains.", ByCreator},
	"private":                  {"This post was private for too long. Make it public, then submit it again while the campaign is live. What it earned remains.", ByCreator},
	"removed":                  {"The platform took this post down. If it is back, submit it again while the campaign is live. What it earned remains.", ByCreator},
	NotVerifiable:              {"No provider answered about this post before the campaign ended. This is not your mistake. If views are unpaid, tell the platform: finance can book a correction.", NoActor},
	RemovedByReviewer:          {"A reviewer removed this clip. What it earned remains. You can appeal.", ByCreator},
	RemovedByOperator:          {"An operator ended this clip. What it earned remains.", NoActor},
	RejectedForeignAuthor:      {"The author of this post is not one of your channels. Register the channel and submit the post again, or submit a post of your own.", ByCreator},
	RejectedTakenOver:          {"Another creator has proven that the channel of this post is theirs. If it is yours, ask an administrator to check that proof. After that, prove the channel and submit the post again.", ByCreator},
	RejectedDuplicate:          {"Another clip has this post, by you or by another author of it. A post earns once.", NoActor},
	WaitingForProof:            {"The campaign ended before you had proven the channel of this post, so it earned nothing.", NoActor},
	RejectedTooOld:             {"This post was published before the campaign began. Submit a newer one.", ByCreator},
	RejectedTooLate:            {"This post was published after the campaign ended.", NoActor},
	Flagged:                    {"A reviewer looks at this clip again. It earns nothing more until then.", ByReviewer},
	CampaignEnded:              {"The campaign ended before this clip was approved.", NoActor},
	UnconfirmedCount:           {"The count of this clip rose faster than is plausible, and no other reading confirmed the rest in time. What was confirmed is paid. A reviewer can still confirm the rest until the campaign is completed, and after that as long as money is kept for it.", ByReviewer},
	FullyEarned:                {"This clip has earned all that it can in this campaign. Another reading did not confirm its last count, and that would have paid nothing more.", NoActor},
	string(OffBrief):           {"A reviewer decided that this post does not do what the campaign asks for. What it earned remains. You can appeal.", ByCreator},
	string(WrongFormat):        {"A reviewer decided that this post has the wrong format. What it earned remains. You can appeal.", ByCreator},
	string(MissingDisclosure):  {"A reviewer decided that this post does not say that it is paid. What it earned remains. You can appeal.", ByCreator},
	string(LowQuality):         {"A reviewer decided that the quality of this post is too low. What it earned remains. You can appeal.", ByCreator},
	string(CopiedContent):      {"A reviewer decided that this post copies another. What it earned remains. You can appeal.", ByCreator},
	string(SuspiciousViews):    {"A reviewer decided that the views of this post are not real. What it earned remains. You can appeal.", ByCreator},
	string(BrandSafety):        {"A reviewer decided that this post harms the brand. What it earned remains. You can appeal.", ByCreator},
	string(Other):              {"A reviewer decided against this clip, for the reason in the note. What it earned remains. You can appeal.", ByCreator},
	string(OverturnedOnAppeal): {"Another reviewer has decided on your appeal in your favor. The campaign has ended, and no money is kept for this clip. Finance can pay what it should have earned by a correction.", ByPlatform},
	LastReadingMissing:         {"The last reading of this clip was not possible, so it ended with the one before. This is not your mistake. If views are unpaid, tell the platform: finance can book a correction.", NoActor},
}

// ExplainReview explains that a clip is in review. Closed is set if its campaign has ended.
func ExplainReview(closed bool) Explanation {
	if closed {
		return Explanation{"The campaign has ended, and a reviewer has not decided on this clip yet. What its approval pays is kept for it, as far as the budget goes.", ByReviewer}
	}
	return Explanation{"A reviewer has not decided on this clip yet. It is read on and earns nothing until then. If it is approved, all of its views count.", ByReviewer}
}

// ExplainWaiting explains what a clip waits for. It returns false for a reason without a text.
func ExplainWaiting(reason string) (Explanation, bool) {
	found, ok := waitingTexts[reason]
	return found, ok
}

// ExplainEnd explains the status reason of a clip. It returns false for a reason without a text. Over is set once the campaign credits nothing more.
func ExplainEnd(reason string, over bool) (Explanation, bool) {
	if reason == UnconfirmedCount && over {
		return Explanation{"The count of this clip rose faster than is plausible, and no other reading and no reviewer confirmed the rest before the campaign was completed. What was confirmed is paid.", NoActor}, true
	}
	found, ok := endedTexts[reason]
	return found, ok
}
