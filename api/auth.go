package api

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
)

const (
	tokenIssuer   = "creditroll"
	tokenAudience = "creditroll-api"
	tokenLifeMax  = 366 * 24 * time.Hour
	secretLenMin  = 32

	codeTokenMissing = "token_missing"
	codeTokenInvalid = "token_invalid"
)

// Key signs and verifies tokens. Tokens carry its ID, so that keys can be rotated.
type Key struct {
	ID     string
	Secret []byte
}

// String keeps the secret out of logs.
func (k Key) String() string { return "key " + k.ID }

// Keys sign with the first key and verify with all of them. To rotate, put the new key first
// and remove the old one when its last token has expired.
type Keys []Key

var keyIDs = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// ParseKeys reads keys from "id:secret,id:secret". Each secret is in standard base64 and has
// at least 32 bytes. It returns fault.Invalid "keys_malformed", which quotes no secret.
func ParseKeys(text string) (Keys, error) {
	var keys Keys
	for entry := range strings.SplitSeq(text, ",") {
		id, encoded, ok := strings.Cut(strings.TrimSpace(entry), ":")
		secret, err := base64.StdEncoding.DecodeString(encoded)
		if !ok || err != nil {
			return nil, keysMalformed("write each key as id:secret, the secret in base64, with a comma between keys")
		}
		keys = append(keys, Key{ID: id, Secret: secret})
	}
	return keys, keys.validate()
}

func (k Keys) validate() error {
	if len(k) == 0 {
		return keysMalformed("give at least one key")
	}
	known := map[string]bool{}
	for _, key := range k {
		switch {
		case !keyIDs.MatchString(key.ID):
			return keysMalformed("a key id must have 1 to 64 letters, digits, hyphens and underscores")
		case known[key.ID]:
			return keysMalformed("two keys have the same id")
		case len(key.Secret) < secretLenMin:
			return keysMalformed("a secret must have at least 32 bytes: create one with 'openssl rand -base64 32'")
		}
		known[key.ID] = true
	}
	return nil
}

func keysMalformed(message string) error {
	return fault.New(fault.Invalid, "keys_malformed", "%s", message)
}

func (k Keys) find(id string) ([]byte, bool) {
	for _, key := range k {
		if key.ID == id {
			return key.Secret, true
		}
	}
	return nil, false
}

type claims struct {
	jwt.RegisteredClaims
	Roles          []string `json:"roles"`
	OrganizationID string   `json:"organization_id,omitempty"`
	CreatorID      string   `json:"creator_id,omitempty"`
}

// userIDs excludes @, because user ids appear in logs and the audit trail, where no e-mail
// address may.
var userIDs = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,128}$`)

// MintToken signs a token for a principal that is valid for ttl from now. It returns
// fault.Invalid for a principal that the API would not accept, and for a ttl that is not
// between zero and 366 days.
func MintToken(keys Keys, principal access.Principal, ttl time.Duration) (string, error) {
	if err := keys.validate(); err != nil {
		return "", err
	}
	if ttl <= 0 || ttl > tokenLifeMax {
		return "", fault.Field("ttl", "ttl_out_of_range", "the lifetime of a token must be above zero and at most 366 days")
	}
	now := time.Now()
	content := claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: tokenIssuer, Audience: jwt.ClaimStrings{tokenAudience}, Subject: principal.UserID,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(ttl)),
		},
		OrganizationID: principal.OrganizationID, CreatorID: principal.CreatorID,
	}
	for _, role := range principal.Roles {
		content.Roles = append(content.Roles, string(role))
	}
	if _, err := content.principal(); err != nil {
		return "", fault.New(fault.Invalid, "principal_invalid", "cannot mint a token for this user: %s", err)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, content)
	token.Header["kid"] = keys[0].ID
	signed, err := token.SignedString(keys[0].Secret)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return signed, nil
}

// principal returns the caller that the claims name. A valid signature does not prove that
// the claims have an accepted form.
func (c claims) principal() (access.Principal, error) {
	if !userIDs.MatchString(c.Subject) {
		return access.Principal{}, errors.New("the subject is not a user id of letters, digits, dots, colons, underscores and hyphens")
	}
	if len(c.Roles) == 0 {
		return access.Principal{}, errors.New("it has no roles")
	}
	principal := access.Principal{UserID: c.Subject, OrganizationID: c.OrganizationID, CreatorID: c.CreatorID}
	for _, name := range c.Roles {
		role, err := access.ParseRole(name)
		if err != nil {
			return access.Principal{}, err
		}
		principal.Roles = append(principal.Roles, role)
	}
	for _, id := range []string{c.OrganizationID, c.CreatorID} {
		if id != "" && !isUUID(id) {
			return access.Principal{}, errors.New("the id of the organization or creator is not a UUID")
		}
	}
	return principal, nil
}

// authenticate accepts requests with a bearer token that one of our keys has signed.
func (s *Server) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		scheme, token, _ := strings.Cut(c.Request().Header.Get(echo.HeaderAuthorization), " ")
		if token == "" || !strings.EqualFold(scheme, "Bearer") {
			return unauthenticated(codeTokenMissing, "the request has no token: send one as 'Authorization: Bearer …'", nil)
		}
		principal, err := s.verifyToken(strings.TrimSpace(token))
		if err != nil {
			return err
		}
		c.Set(actorKey, principal.UserID)
		c.SetRequest(c.Request().WithContext(withPrincipal(c.Request().Context(), principal)))
		return next(c)
	}
}

func (s *Server) verifyToken(token string) (access.Principal, error) {
	var content claims
	_, err := s.parser.ParseWithClaims(token, &content, func(token *jwt.Token) (any, error) {
		id, _ := token.Header["kid"].(string)
		secret, ok := s.config.Keys.find(id)
		if !ok {
			return nil, errors.New("unknown key")
		}
		return secret, nil
	})
	if errors.Is(err, jwt.ErrTokenExpired) {
		return access.Principal{}, unauthenticated("token_expired", "the token has expired: get a new one", err)
	}
	if err != nil {
		return access.Principal{}, unauthenticated(codeTokenInvalid, "the token is not valid: get a new one", err)
	}
	principal, err := content.principal()
	if err != nil {
		return access.Principal{}, unauthenticated(codeTokenInvalid, "the token does not name a valid user: get a new one", err)
	}
	return principal, nil
}

// newTokenParser accepts one algorithm only. Otherwise a token could choose "none" and need
// no signature.
func newTokenParser(now func() time.Time) *jwt.Parser {
	return jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(tokenIssuer),
		jwt.WithAudience(tokenAudience),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(now),
	)
}

func unauthenticated(code, message string, cause error) error {
	return &httpFault{status: http.StatusUnauthorized, fault: fault.New(fault.Denied, code, "%s", message).Because(cause)}
}

type principalKey struct{}

func withPrincipal(ctx context.Context, principal access.Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, principal)
}

// principalOf returns the caller. Without authentication it is the zero Principal, which has
// no rights.
func principalOf(ctx context.Context) access.Principal {
	principal, _ := ctx.Value(principalKey{}).(access.Principal)
	return principal
}

// isUUID accepts only the lower-case form, in which ids are stored and compared.
func isUUID(text string) bool {
	parsed, err := uuid.Parse(text)
	return err == nil && parsed.String() == text
}
