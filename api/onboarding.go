package api

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// CreateCreatorAccount creates the connected account of a creator, once. The rail is called only for
// a creator without one, and answers a repeated request with the same account.
func (r *resources) CreateCreatorAccount(ctx context.Context, request openapi.CreateCreatorAccountRequestObject) (openapi.CreateCreatorAccountResponseObject, error) {
	read, principal, err := r.creatorFor(ctx, access.AccountCreate, request.CreatorId)
	if err != nil {
		return nil, err
	}
	if read.PayoutAccount == "" {
		made, err := r.onboarding.CreateAccount(ctx, rail.NewAccount{
			CreatorID: read.ID, Country: request.Body.Country, IdempotencyKey: names.AccountKey(read.ID),
		})
		if err != nil {
			return nil, err
		}
		err = r.store.Payouts.ConnectAccount(ctx, payouts.Connection{
			ChangeID: names.AccountChangeID(read.ID, made.ID), CreatorID: read.ID, State: made.State(),
			Actor: principal.UserID, Reason: "created for the creator", Now: r.now(),
		})
		if err != nil {
			return nil, err
		}
	}
	shown, err := r.showCreator(ctx, read.ID)
	return openapi.CreateCreatorAccount201JSONResponse(shown), err
}

// CreateAccountLink returns the address of the rail's onboarding.
func (r *resources) CreateAccountLink(ctx context.Context, request openapi.CreateAccountLinkRequestObject) (openapi.CreateAccountLinkResponseObject, error) {
	read, err := r.creatorWithAccount(ctx, request.CreatorId)
	if err != nil {
		return nil, err
	}
	for field, address := range map[string]string{"refresh_url": request.Body.RefreshUrl, "return_url": request.Body.ReturnUrl} {
		if err := r.returns.check(field, address); err != nil {
			return nil, err
		}
	}
	link, err := r.onboarding.CreateAccountLink(ctx, rail.AccountLinkRequest{
		Account: read.PayoutAccount, RefreshURL: request.Body.RefreshUrl, ReturnURL: request.Body.ReturnUrl,
	})
	return openapi.CreateAccountLink201JSONResponse{Url: link.URL, ExpiresAt: link.ExpiresAt}, err
}

// CreateAccountSession returns the secret for the rail's form in the creator's browser.
func (r *resources) CreateAccountSession(ctx context.Context, request openapi.CreateAccountSessionRequestObject) (openapi.CreateAccountSessionResponseObject, error) {
	read, err := r.creatorWithAccount(ctx, request.CreatorId)
	if err != nil {
		return nil, err
	}
	session, err := r.onboarding.CreateAccountSession(ctx, read.PayoutAccount)
	return openapi.CreateAccountSession201JSONResponse{ClientSecret: session.ClientSecret, ExpiresAt: session.ExpiresAt}, err
}

// creatorFor returns a creator on whom the caller may take an action.
func (r *resources) creatorFor(ctx context.Context, action access.Action, id string) (clips.Creator, access.Principal, error) {
	principal, err := permit(ctx, action)
	if err != nil {
		return clips.Creator{}, principal, err
	}
	if err := permitOn(principal, action, access.Target{CreatorID: id}, "creator"); err != nil {
		return clips.Creator{}, principal, err
	}
	read, err := r.store.Clips.GetCreator(ctx, id)
	return read, principal, err
}

func (r *resources) creatorWithAccount(ctx context.Context, id string) (clips.Creator, error) {
	read, _, err := r.creatorFor(ctx, access.AccountCreate, id)
	if err == nil && read.PayoutAccount == "" {
		err = fault.New(fault.Conflict, "account_missing", "the creator has no account yet: create one first")
	}
	return read, err
}

// readAccount reads an account that a request names. An id says nothing about who owns the account,
// so the account must not belong to another creator of ours. One that names no creator was made
// elsewhere, and the caller confirms it.
func (r *resources) readAccount(ctx context.Context, creatorID, account string) (rail.Account, error) {
	read, err := r.onboarding.GetAccount(ctx, account)
	if meaning := rail.MeaningOf(err); meaning == rail.AccountGone || meaning == rail.ObjectMissing {
		return rail.Account{}, fault.Field("account", "account_unknown", "Stripe knows no such account that is connected to this platform")
	}
	if err == nil && read.CreatorID != "" && read.CreatorID != creatorID {
		err = fault.New(fault.Conflict, "account_of_another_creator", "this account was created for another creator")
	}
	return read, err
}

// returnHosts are the hosts to which a creator can be sent after the onboarding. Another address
// would let a request use our name to lead a creator to a page of its own.
type returnHosts struct {
	publicURL string
	others    []string
}

func (h returnHosts) check(field, address string) error {
	asked, err := url.Parse(address)
	if err != nil || asked.User != nil || asked.Host == "" || strings.ContainsAny(address, "\\\r\n\t ") {
		return fault.Field(field, "url_invalid", "%s must be an absolute address", field)
	}
	public, err := url.Parse(h.publicURL)
	own := err == nil && public.Host != "" && strings.EqualFold(public.Host, asked.Host)
	if own && asked.Scheme == public.Scheme {
		return nil
	}
	if asked.Scheme == "https" && (own || slices.ContainsFunc(h.others, func(host string) bool { return strings.EqualFold(host, asked.Host) })) {
		return nil
	}
	return fault.Field(field, "host_not_allowed", "%s must be on the host of CREDITROLL_PUBLIC_URL or on one of CREDITROLL_ACCOUNT_RETURN_HOSTS, with https", field)
}
