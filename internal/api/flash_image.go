package api

import (
	"net/http"
	"strconv"
	"time"

	"gateway/internal/access"
)

// maxFlashImage bounds the images that are taken in, in bytes: a board has no more flash.
const maxFlashImage = 4 << 20

// FlashImage is a MicroPython image for boards.
type FlashImage struct {
	Version string    `json:"version" doc:"Of MicroPython" example:"1.27.0"`
	Board   string    `json:"board,omitempty" example:"ESP8266_GENERIC"`
	Size    int       `json:"size" doc:"Bytes"`
	SHA256  string    `json:"sha256"`
	Source  string    `json:"source" enum:"upload,download"`
	At      time.Time `json:"at" doc:"Since when it is here"`
}

// FlashImageState says whether there is an image, and where to get one.
type FlashImageState struct {
	Present bool        `json:"present"`
	Image   *FlashImage `json:"image,omitempty"`
	Fetch   FlashFetch  `json:"fetch"`
}

// FlashFetch is where an image comes from.
type FlashFetch struct {
	Page      string `json:"page" doc:"Where a person finds it" example:"https://micropython.org/download/ESP8266_GENERIC/"`
	URL       string `json:"url,omitempty" doc:"What the config says to download"`
	SHA256    string `json:"sha256,omitempty" doc:"What it has to be"`
	Automatic bool   `json:"automatic" doc:"The gateway can download it by itself: both are in the config"`
}

func (s *server) addFlashImage() {
	path := flashPath + "image"
	s.addRaw(operation{
		id: "getFlashImage", method: http.MethodGet, path: path, tag: flashTag, needs: access.View, summary: "Show the image for boards",
	}, nil, FlashImageState{}, func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, s.Flash.Image())
	})
	s.addRaw(operation{
		id: "putFlashImage", method: http.MethodPut, path: path, tag: flashTag, needs: access.EditTokens, summary: "Upload the image for boards",
		description: "It is checked first: what is no image of MicroPython for the ESP8266 changes nothing.",
	}, backupType, FlashImageState{}, func(w http.ResponseWriter, r *http.Request) {
		s.extend(w)
		body := http.MaxBytesReader(w, r.Body, maxFlashImage)
		state, err := s.Flash.PutImage(r.Context(), body)
		drain(r.Body)
		if err == nil {
			s.audit(r.Context(), "the image for boards was uploaded", "sha256", state.Image.SHA256)
		}
		s.answer(w, r, http.StatusOK, state, err)
	})
	s.addRaw(operation{
		id: "downloadFlashImage", method: http.MethodPost, path: path + "/download", tag: flashTag, needs: access.EditTokens,
		summary: "Download the image that the config names", description: "It has to have the sha256 that is in the config.", errors: []int{http.StatusConflict, http.StatusGatewayTimeout},
	}, nil, FlashImageState{}, func(w http.ResponseWriter, r *http.Request) {
		s.extend(w)
		state, err := s.Flash.DownloadImage(r.Context())
		if err == nil {
			s.audit(r.Context(), "the image for boards was downloaded", "sha256", state.Image.SHA256)
		}
		s.answer(w, r, http.StatusOK, state, refusedBoard(err))
	})
	s.addRaw(operation{
		id: "removeFlashImage", method: http.MethodDelete, path: path, tag: flashTag, needs: access.EditTokens, summary: "Remove the image for boards",
	}, nil, FlashImageState{}, func(w http.ResponseWriter, r *http.Request) {
		err := s.Flash.RemoveImage()
		if err == nil {
			s.audit(r.Context(), "the image for boards was removed")
		}
		s.answer(w, r, http.StatusOK, s.Flash.Image(), err)
	})
	s.addRaw(operation{
		id: "getFlashImageContent", method: http.MethodGet, path: path + "/content", tag: flashTag, needs: access.View, summary: "Get the image for boards",
		errors: []int{http.StatusNotFound},
	}, nil, backupType, s.sendFlashImage)
}

func (s *server) sendFlashImage(w http.ResponseWriter, r *http.Request) {
	data, err := s.Flash.ImageContent()
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.extend(w)
	w.Header().Set("Content-Type", backupType)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data) // a client that has gone needs no error
}
