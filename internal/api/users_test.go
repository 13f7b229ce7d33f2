package api

import (
	"net/http"
	"strings"
	"testing"

	"gateway/internal/access"
	"gateway/internal/auth"
)

func TestUsers(t *testing.T) {
	h := newHouse(t, auth.Never)
	root := h.user("root", access.RoleAdmin)
	var ann User
	a := root.want(http.StatusCreated, http.MethodPost, "users", NewUser{"Ann", horse, access.RoleViewer}, &ann)
	if ann.ID != "ann" || ann.Username != "Ann" || a.header.Get("ETag") != etag(ann.Revision) || strings.Contains(string(a.body), horse) {
		t.Errorf("%s %v", a.body, a.header)
	}
	var list UserList
	root.want(http.StatusOK, http.MethodGet, "users", nil, &list)
	if len(list.Items) != 2 || list.Items[0].ID != "ann" || list.Items[1].LastLoginAt == nil {
		t.Errorf("%+v", list)
	}
	weak := root.want(http.StatusUnprocessableEntity, http.MethodPost, "users", NewUser{"bob", "short", access.RoleViewer}, nil)
	if !strings.Contains(string(weak.body), `"field":"password"`) || !strings.Contains(string(weak.body), `"remedy"`) {
		t.Errorf("%s", weak.body)
	}
	root.want(http.StatusConflict, http.MethodPost, "users", NewUser{"ANN", horse, access.RoleViewer}, nil)

	change := UserChange{access.RoleOperator}
	root.want(http.StatusPreconditionRequired, http.MethodPatch, "users/ann", change, nil)
	root.want(http.StatusPreconditionFailed, http.MethodPatch, "users/ann", change, nil, "If-Match", `"old"`)
	root.want(http.StatusOK, http.MethodPatch, "users/ann", change, &ann, "If-Match", etag(ann.Revision))
	if ann.Role != access.RoleOperator {
		t.Errorf("%+v", ann)
	}
	root.want(http.StatusNotFound, http.MethodPatch, "users/bob", change, nil, "If-Match", "*")
	root.want(http.StatusConflict, http.MethodDelete, "users/root", nil, nil, "If-Match", "*")
	root.want(http.StatusPreconditionRequired, http.MethodDelete, "users/ann", nil, nil)
	root.want(http.StatusNoContent, http.MethodDelete, "users/ann", nil, nil, "If-Match", etag(ann.Revision))
	root.want(http.StatusNotFound, http.MethodGet, "users/ann", nil, nil)
}

func TestPasswords(t *testing.T) {
	h := newHouse(t, auth.Never)
	root, ann := h.user("root", access.RoleAdmin), h.user("ann", access.RoleViewer)
	wrong, right := "a wrong one", horse
	ann.want(http.StatusForbidden, http.MethodPost, "users/root/password", NewPassword{"another horse", &right}, nil)
	ann.want(http.StatusUnprocessableEntity, http.MethodPost, "users/ann/password", NewPassword{"another horse", nil}, nil)
	ann.want(http.StatusForbidden, http.MethodPost, "users/ann/password", NewPassword{"another horse", &wrong}, nil)
	ann.want(http.StatusNoContent, http.MethodPost, "users/ann/password", NewPassword{"another horse", &right}, nil)
	if !ann.session().Authenticated {
		t.Error("changing one's own password logs out")
	}
	root.want(http.StatusNoContent, http.MethodPost, "users/ann/password", NewPassword{"a third horse", nil}, nil)
	if ann.session().Authenticated || !root.session().Authenticated {
		t.Error("the wrong one was logged out")
	}
	root.want(http.StatusUnprocessableEntity, http.MethodPost, "users/root/password", NewPassword{"another horse", nil}, nil)
	root.want(http.StatusNotFound, http.MethodPost, "users/bob/password", NewPassword{"another horse", nil}, nil)
}
