package api

import (
	"net/http"
	"strings"
	"testing"

	"gateway/internal/access"
	"gateway/internal/auth"
)

func TestClaiming(t *testing.T) {
	h := newHouse(t, auth.Never)
	v := h.visitor()
	var s SetupState
	v.want(http.StatusOK, http.MethodGet, "setup", nil, &s)
	if s.Claimed || s.Name != "attic" {
		t.Errorf("%+v", s)
	}
	code, err := h.auth.SetupCode(false)
	if err != nil {
		t.Fatal(err)
	}
	claim := Claim{Code: "AAAA-AAAA", Username: "ann", Password: horse, Name: "cellar", TimeZone: "Europe/Berlin"}
	if a := v.want(http.StatusForbidden, http.MethodPost, "setup/claim", claim, nil); !strings.Contains(string(a.body), "gateway setup-code") {
		t.Errorf("it does not say where the code is: %s", a.body)
	}
	claim.Code = code.Code
	weak := claim
	weak.Password = "1234567890"
	v.want(http.StatusUnprocessableEntity, http.MethodPost, "setup/claim", weak, nil)
	martian := claim
	martian.TimeZone = "Mars"
	v.want(http.StatusBadRequest, http.MethodPost, "setup/claim", martian, nil)
	if h.auth.Claimed() {
		t.Fatal("claimed by a request that was refused")
	}

	var session SessionState
	v.want(http.StatusCreated, http.MethodPost, "setup/claim", claim, &session)
	if session.User == nil || session.User.Role != access.RoleAdmin || !v.session().Authenticated {
		t.Errorf("%+v", session)
	}
	v.want(http.StatusOK, http.MethodGet, "setup", nil, &s)
	if !s.Claimed || s.Name != "cellar" || s.TimeZone != "Europe/Berlin" {
		t.Errorf("%+v", s)
	}
	h.visitor().want(http.StatusConflict, http.MethodPost, "setup/claim", claim, nil)
}

func TestNothingIsWritableBeforeSomebodyOwnsIt(t *testing.T) {
	v := newHouse(t, auth.Always).visitor()
	for _, c := range [][2]string{
		{http.MethodPost, "users"}, {http.MethodPost, "tokens"}, {http.MethodDelete, "sessions/x"}, {http.MethodPatch, "users/x"}, {http.MethodPost, "setup/code"},
	} {
		v.want(http.StatusUnauthorized, c[0], c[1], map[string]string{}, nil)
	}
	v.want(http.StatusForbidden, http.MethodPost, "session", Credentials{"admin", "admin"}, nil)
}

// The code is for the control socket: not even an admin's token, made on the command line of a new gateway, may read it.
func TestTheSetupCodeIsForTheMachine(t *testing.T) {
	h := newHouse(t, auth.Never)
	made, secret, err := h.auth.AddToken(auth.NewToken{Name: "x", Kind: auth.KindAPI, Role: access.RoleAdmin, By: access.Local()})
	if err != nil {
		t.Fatal(err)
	}
	v := h.visitor()
	v.token = made.ID + "." + secret
	v.want(http.StatusForbidden, http.MethodPost, "setup/code", SetupCodeRequest{}, nil)
}
