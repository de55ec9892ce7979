package stripe

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

var (
	verificationParams = []string{"type", "metadata", "return_url", "client_reference_id", "options", "provided_details"}
	verificationTypes  = []string{"document", "id_number"}

	// verificationErrors are the codes of last_error.
	verificationErrors = strings.Fields(`abandoned consent_declined country_not_supported device_not_supported
		document_expired document_type_not_supported document_unverified_other id_number_insufficient_document_data
		id_number_mismatch id_number_unverified_other selfie_document_missing_photo selfie_face_mismatch
		selfie_manipulated selfie_unverified_other under_supported_age`)
)

// verification is a session of Stripe Identity. It begins with requires_input, is processing once
// the person has supplied a document, and then verified, or requires_input again with an error.
type verification struct {
	header
	Type      string
	Status    string
	ErrorCode string
	ReturnURL string
	Reference string
	Host      string // of the request, for the address of the page
	Views     int    // each address works once, so every read has another one
}

func createVerification(c *call) (any, *apiError) {
	kind, refusal := c.params.required("type")
	if refusal != nil {
		return nil, refusal
	}
	if !slices.Contains(verificationTypes, kind) {
		return nil, invalid("", "type", "Invalid type: must be one of document or id_number")
	}
	if back := c.params.text("return_url"); back != "" {
		if parsed, err := url.Parse(back); err != nil || parsed.Host == "" {
			return nil, invalid("url_invalid", "return_url", "Not a valid URL")
		}
	}
	s := c.sim
	v := &verification{
		header: s.newHeader("vs", c.account), Type: kind, Status: "requires_input", ReturnURL: c.params.text("return_url"),
		Reference: c.params.text("client_reference_id"), Host: c.http.Host,
	}
	if v.Metadata, refusal = c.keepMetadata(v.Metadata); refusal != nil {
		return nil, refusal
	}
	s.st.Sessions.add(v)
	s.effect("verification.created", v, 0, "", v.Owner)
	s.emit("identity.verification_session.created", v.Owner, v.eventView(s), nil)
	return v.view(s), nil
}

func getVerification(c *call) (any, *apiError) {
	v, refusal := find(c, c.sim.st.Sessions, "verification_session", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	v.Views++
	c.sim.dirty = true
	return v.view(c.sim), nil
}

func listVerifications(c *call) (any, *apiError) {
	status, reference := c.params.text("status"), c.params.text("client_reference_id")
	return page(c, c.sim.st.Sessions.order, func(v *verification) bool {
		return (status == "" || v.Status == status) && (reference == "" || v.Reference == reference)
	})
}

func cancelVerification(c *call) (any, *apiError) {
	v, refusal := find(c, c.sim.st.Sessions, "verification_session", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	if v.Status != "requires_input" {
		return nil, refused("", "", "You cannot cancel this VerificationSession because it has a status of %s. Only a VerificationSession with one of the following statuses may be canceled: requires_input.", v.Status)
	}
	c.sim.moveVerification(v, "canceled", "")
	return v.view(c.sim), nil
}

// moveVerification changes the status and reports it.
func (s *Simulator) moveVerification(v *verification, status, errorCode string) {
	v.Status, v.ErrorCode = status, errorCode
	s.effect("verification."+status, v, 0, "", v.Owner)
	s.emit("identity.verification_session."+status, v.Owner, v.eventView(s), nil)
}

// forceVerification plays the person and the check of the document: submit, verify, fail with
// failure_code, or cancel.
func (s *Simulator) forceVerification(r *http.Request, input controlInput) (any, error) {
	v, ok := s.st.Sessions.byID[r.PathValue("id")]
	if !ok {
		return nil, errNotFound
	}
	code := cmp.Or(input.FailureCode, "document_unverified_other")
	step, open := r.PathValue("step"), v.Status == "requires_input" || v.Status == "processing"
	switch {
	case step == "fail" && !slices.Contains(verificationErrors, code):
		return nil, fmt.Errorf("%q is not an error code", code)
	case step == "submit" && v.Status == "requires_input":
		s.moveVerification(v, "processing", "")
	case step == "verify" && open:
		s.verify(v)
	case step == "fail" && open:
		s.moveVerification(v, "requires_input", code)
	case step == "cancel" && v.Status == "requires_input":
		s.moveVerification(v, "canceled", "")
	default:
		return nil, fmt.Errorf("cannot %s a verification that is %s", step, v.Status)
	}
	return v.view(s), nil
}

func (s *Simulator) verify(v *verification) {
	if v.Status == "requires_input" {
		s.moveVerification(v, "processing", "")
	}
	s.moveVerification(v, "verified", "")
}

// verifyPage is the page of a session: opening it verifies the person and leads back.
func (s *Simulator) verifyPage(w http.ResponseWriter, r *http.Request) {
	var back string
	verified, err := s.runControl(r, controlInput{}, func(r *http.Request, _ controlInput) (any, error) {
		v, ok := s.st.Sessions.byID[r.PathValue("id")]
		if !ok || v.Status != "requires_input" {
			return nil, errNotFound
		}
		back = v.ReturnURL
		s.verify(v)
		return v.view(s), nil
	})
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if back != "" {
		http.Redirect(w, r, back, http.StatusSeeOther)
		return
	}
	writeControl(w, http.StatusOK, verified)
}

// eventView is the session in an event, where Stripe leaves out the address and the secret.
func (v *verification) eventView(s *Simulator) object {
	return v.view(s).with(object{"url": nil, "client_secret": nil})
}

func (v *verification) view(*Simulator) object {
	view := v.wire("identity.verification_session").with(object{
		"type": v.Type, "status": v.Status, "client_reference_id": orNull(v.Reference), "last_error": nil, "last_verification_report": nil,
		"options": object{v.Type: object{}}, "redaction": nil, "verified_outputs": nil, "related_customer": nil,
		"client_secret": nil, "url": nil,
	})
	if v.ErrorCode != "" {
		view["last_error"] = object{"code": v.ErrorCode, "reason": "The verification failed: " + v.ErrorCode + "."}
	}
	if v.Status == "verified" || v.ErrorCode != "" {
		view["last_verification_report"] = "vr_" + strings.TrimPrefix(v.ID, "vs_")
	}
	if v.Status == "requires_input" {
		view["client_secret"] = fmt.Sprintf("%s_secret_test_%d", v.ID, v.Views)
		view["url"] = fmt.Sprintf("http://%s/_sim/verify/%s?attempt=%d", v.Host, v.ID, v.Views)
	}
	return view
}
