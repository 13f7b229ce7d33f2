package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"gateway/internal/access"
	"gateway/internal/fault"
)

// License is one part that is shipped, and its licence.
type License struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	License string `json:"license" doc:"SPDX name" example:"MIT"`
	Text    string `json:"text,omitempty"`
}

// LicenseList is what is shipped.
type LicenseList struct {
	Items []License `json:"items"`
}

type licenseListOutput struct{ Body LicenseList }

func (s *server) addLicenses() {
	add(s, operation{
		id: "listLicenses", method: http.MethodGet, path: "/api/v1/licenses", tag: "gateway", needs: open,
		summary: "List what the gateway is made of, with licences",
	}, func(context.Context, *struct{}) (*licenseListOutput, error) {
		return &licenseListOutput{LicenseList{s.Licenses()}}, nil
	})
}

func (s *server) addSupport() {
	s.addRaw(operation{
		id: "getSupport", method: http.MethodGet, path: "/api/v1/support", tag: "gateway", needs: access.EditSettings,
		summary: "Pack what somebody who helps needs to see",
		description: "A zip file: versions, configuration, health, metrics, the last log lines and a profile of goroutines. " +
			"No payload and no secret is in it.",
	}, nil, "application/zip", func(w http.ResponseWriter, r *http.Request) {
		name := "gateway-support-" + time.Now().UTC().Format("2006-01-02-1504") + ".zip"
		out := &lazyAnswer{ResponseWriter: w, header: func(h http.Header) {
			h.Set("Content-Type", "application/zip")
			h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
		}}
		if err := s.Support(io.Writer(out)); err != nil && !out.begun {
			s.refuse(w, r, fault.New(fault.Unavailable, "the support bundle could not be packed: %w", err))
		}
	})
}
