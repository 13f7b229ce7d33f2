package api

import (
	"testing"

	"gateway/internal/access"
)

func TestTokensOfClientsAreNotToldWhatTheGatewayIsMadeOf(t *testing.T) {
	for want, list := range map[bool][]*access.Principal{
		true: {
			{Kind: access.KindToken, ID: "panel", Role: access.RoleClient},
			{Kind: access.KindDevice, ID: "lamp", Role: access.RoleDevice},
		},
		false: {
			nil, access.Anonymous(), access.Local(),
			{Kind: access.KindToken, ID: "prometheus", Role: access.RoleViewer},
			{Kind: access.KindUser, ID: "ann", Role: access.RoleAdmin},
		},
	} {
		for _, p := range list {
			if outsider(p) != want {
				t.Errorf("%v: want %v", p, want)
			}
		}
	}
	if s := (Sample{Labels: []string{"where", "mqtt", "mapping", ""}}); s.names("mapping") || !s.names("where") {
		t.Error("a label that says nothing counts, or one that does does not")
	}
}
