package flash

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"gateway/internal/fault"
	"gateway/internal/flash/image"
)

// Pin is an image on the network that may be downloaded, and what it has to be.
type Pin struct {
	URL    string
	SHA256 string // 64 hex digits
}

// Set reports whether there is one.
func (p Pin) Set() bool { return p.URL != "" && p.SHA256 != "" }

const (
	downloadTime = 5 * time.Minute
	maxRedirects = 5
)

// Download fetches a pinned image. What has another sha256 is thrown away, whoever sent it.
func Download(ctx context.Context, p Pin) ([]byte, error) {
	if !p.Set() {
		return nil, fault.New(fault.Invalid, "the config names no image to download: set flash.image_url and flash.image_sha256, or upload one")
	}
	ctx, cancel := context.WithTimeout(ctx, downloadTime)
	defer cancel()
	data, err := fetch(ctx, p.URL)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, fault.New(fault.Timeout, "%s did not send the image within %s", p.URL, downloadTime)
	}
	if err != nil {
		return nil, err
	}
	if got := file("", data).SHA256; got != p.SHA256 {
		return nil, fault.New(fault.Invalid, "%s is not the image that the config pins: its sha256 is %s; if that is the one you want, put it into flash.image_sha256", p.URL, got)
	}
	return data, nil
}

func fetch(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fault.New(fault.Invalid, "flash.image_url: %w", err)
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	defer t.CloseIdleConnections()
	client := &http.Client{Transport: t, CheckRedirect: redirect}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the image could not be downloaded: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fault.New(fault.Unavailable, "the image could not be downloaded: %s answered %s", url, resp.Status)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, image.MaxSize+1))
	switch {
	case err != nil:
		return nil, fault.New(fault.Unavailable, "the image broke off: %w", err)
	case len(data) > image.MaxSize:
		return nil, fault.New(fault.TooLarge, "what %s sends has more than %d bytes: it is no image", url, image.MaxSize)
	}
	return data, nil
}

// redirect follows a few, over HTTP only, and never from https to what anybody on the way could have written.
func redirect(req *http.Request, via []*http.Request) error {
	switch {
	case len(via) >= maxRedirects:
		return fmt.Errorf("it sent us on %d times", maxRedirects)
	case req.URL.Scheme != "https" && (req.URL.Scheme != "http" || via[0].URL.Scheme == "https"):
		return fmt.Errorf("it sent us to %s, which is not https", req.URL.Scheme)
	}
	return nil
}
