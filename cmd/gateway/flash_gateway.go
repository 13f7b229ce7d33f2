package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"gateway/internal/api"
	"gateway/internal/control"
	"gateway/internal/device"
	"gateway/internal/flash"
	"gateway/internal/flash/image"
)

const flashPath = "/api/v1/flash/"

// distantGateway is a gateway in another process, perhaps on another machine. It implements [flash.Gateway].
type distantGateway struct {
	client *control.Client
	keep   bool // the Wi-Fi
}

// offers finds out whether there is such a template, and whether the gateway lets us.
func (g *distantGateway) offers(ctx context.Context, template string) error {
	var list api.FlashTemplateList
	if err := g.client.Call(ctx, http.MethodGet, flashPath+"templates", nil, &list); err != nil {
		return err
	}
	names := []string{}
	for _, t := range list.Items {
		if t.Name == template {
			return nil
		}
		names = append(names, t.Name)
	}
	return &usageError{fmt.Errorf("there is no example %q: there are %s", template, strings.Join(names, ", "))}
}

// keeps reports whether the gateway keeps the password of a Wi-Fi.
func (g *distantGateway) keeps(ctx context.Context, ssid string) (bool, error) {
	var w api.FlashWiFi
	err := g.client.Call(ctx, http.MethodGet, flashPath+"wifi", nil, &w)
	return w.Kept && w.SSID == ssid, err
}

// image is the one that the gateway has, or can get by itself.
func (g *distantGateway) image(ctx context.Context) ([]byte, error) {
	var s api.FlashImageState
	if err := g.client.Call(ctx, http.MethodGet, flashPath+"image", nil, &s); err != nil {
		return nil, err
	}
	if !s.Present && s.Fetch.Automatic {
		if err := g.client.Call(ctx, http.MethodPost, flashPath+"image/download", nil, nil); err != nil {
			return nil, err
		}
	}
	resp, err := g.client.Do(ctx, http.MethodGet, flashPath+"image/content", nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, image.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("the gateway's image: %w", err)
	}
	return data, nil
}

// Provision implements [flash.Gateway].
func (g *distantGateway) Provision(ctx context.Context, o flash.Order) (flash.Kit, error) {
	n := api.NewFlashKit{
		Name: o.Name, ID: o.ID, Template: o.Template, Address: o.Address,
		WiFi: api.NewFlashWiFi{SSID: o.SSID, Password: o.Password, Keep: g.keep},
	}
	var kit api.FlashKit
	if err := g.client.Call(ctx, http.MethodPost, flashPath+"kits", n, &kit); err != nil {
		return flash.Kit{}, err
	}
	out := flash.Kit{Board: kit.Board, Version: kit.Version, Address: kit.Address, Suggestion: flash.Suggestion(kit.Suggestion)}
	for _, f := range kit.Files {
		out.Files = append(out.Files, flash.File{Path: f.Path, SHA256: f.SHA256, Data: f.Data})
		if f.Path == "/cfg.json" {
			out.Secrets = secretsOf(f.Data)
		}
	}
	return out, nil
}

// Online implements [flash.Gateway].
func (g *distantGateway) Online(ctx context.Context, id string) (flash.Hello, error) {
	return flash.Await(ctx, func(ctx context.Context) (b device.Board, err error) {
		err = g.client.Call(ctx, http.MethodGet, boardsPath+"/"+url.PathEscape(id), nil, &b)
		return b, err
	})
}
