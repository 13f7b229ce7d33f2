package api

import (
	"context"
	"net/http"
	"time"

	"gateway/internal/access"
)

// LinkService keeps the links to other brokers. Its errors are for the client as they are.
type LinkService interface {
	Links() []Link
	Create(ctx context.Context, change LinkChange) (Link, error)
	// Replace and Remove want the revision that the client has read.
	Replace(ctx context.Context, name, revision string, change LinkChange) (Link, error)
	Remove(ctx context.Context, name, revision string) error
	// Test tries a link out without making it. The name may be that of a link, whose password is used when none is given.
	Test(ctx context.Context, change LinkChange) LinkTest
}

// Link is a connection to another MQTT broker.
type Link struct {
	Name   string     `json:"name"`
	Origin string     `json:"origin" enum:"file,ui" doc:"Those of the file are changed there"`
	Config LinkConfig `json:"config"`

	State string     `json:"state" enum:"up,connecting,down,off"`
	Since *time.Time `json:"since,omitempty" doc:"Of the state"`
	Error string     `json:"error,omitempty" doc:"Why it is down, or was last time"`

	Queued      int     `json:"queued" doc:"Messages that wait for the broker"`
	QueuedBytes int64   `json:"queued_bytes" doc:"Bytes of those on disk"`
	OldestS     float64 `json:"oldest_s" doc:"Age of the oldest of them, in seconds"`
	Reconnects  uint64  `json:"reconnects"`
	In          uint64  `json:"in" doc:"Messages from the broker"`
	Out         uint64  `json:"out" doc:"Messages that the broker has acknowledged"`
	Dropped     uint64  `json:"dropped"`
	Revision    string  `json:"revision"`
}

// LinkConfig is how a link is set up. Secrets are not in it.
type LinkConfig struct {
	Name        string      `json:"name" minLength:"1" maxLength:"64" pattern:"^[^/+#\\s]+$" doc:"Unique among the links"`
	URL         string      `json:"url" maxLength:"512" doc:"mqtt, mqtts, ws or wss" example:"mqtt://broker.lan:1883"`
	Username    string      `json:"username,omitempty" maxLength:"256"`
	PasswordSet bool        `json:"password_set,omitempty" doc:"Whether there is a password. Read only" readOnly:"true"`
	ClientID    string      `json:"client_id,omitempty" maxLength:"256"`
	Keepalive   string      `json:"keepalive,omitempty" doc:"Default 30s" example:"30s"`
	CAFile      string      `json:"ca_file,omitempty" doc:"PEM file on the gateway"`
	CertFile    string      `json:"cert_file,omitempty" doc:"PEM file on the gateway"`
	KeyFile     string      `json:"key_file,omitempty" doc:"PEM file on the gateway"`
	StatusTopic string      `json:"status_topic,omitempty" doc:"Remote topic that says online or offline"`
	Topics      []LinkTopic `json:"topics" minItems:"1" maxItems:"200"`
	Outbox      *LinkOutbox `json:"outbox,omitempty"`
}

// LinkTopic says which messages cross a link.
type LinkTopic struct {
	Filter       string `json:"filter" example:"home/#"`
	Direction    string `json:"direction" enum:"in,out,both" doc:"in: from the other broker"`
	QoS          int    `json:"qos,omitempty" minimum:"0" maximum:"2"`
	LocalPrefix  string `json:"local_prefix,omitempty"`
	RemotePrefix string `json:"remote_prefix,omitempty"`
}

// LinkOutbox bounds what waits for the other broker.
type LinkOutbox struct {
	MaxMessages int    `json:"max_messages,omitempty" minimum:"0" doc:"Default 100,000"`
	MaxBytes    int64  `json:"max_bytes,omitempty" minimum:"0" doc:"Default 64 MiB"`
	MaxAge      string `json:"max_age,omitempty" doc:"Default 24h" example:"24h"`
	Full        string `json:"full,omitempty" enum:"drop_oldest,refuse" doc:"Default drop_oldest"`
}

// LinkChange is a link to be.
type LinkChange struct {
	Config   LinkConfig `json:"config"`
	Password *string    `json:"password,omitempty" maxLength:"1024" doc:"Left out: the one that is stored stays. Empty: none"`
}

// LinkTest is what trying a link out showed.
type LinkTest struct {
	OK    bool           `json:"ok"`
	Steps []LinkTestStep `json:"steps" doc:"In order; the last one may have failed"`
}

// LinkTestStep is one step of connecting.
type LinkTestStep struct {
	Name string `json:"name" enum:"config,dns,tcp,tls,connect,subscribe"`
	OK   bool   `json:"ok"`
	Text string `json:"text" doc:"What happened, for a person"`
	MS   int64  `json:"ms" doc:"How long it took"`
}

// LinkList is all links.
type LinkList struct {
	Items []Link `json:"items"`
}

type linkListOutput struct{ Body LinkList }

type linkOutput struct {
	ETag string `header:"ETag"`
	Body Link
}

type linkTestOutput struct{ Body LinkTest }

type linkInput struct{ Body LinkChange }

type linkNameInput struct {
	IfMatch
	Name string `path:"name"`
}

type linkChangeInput struct {
	IfMatch
	Name string `path:"name"`
	Body LinkChange
}

func (s *server) addLinks() {
	s.addLinkReads()
	s.addLinkWrites()
}

func (s *server) addLinkReads() {
	add(s, operation{
		id: "listLinks", method: http.MethodGet, path: "/api/v1/links", tag: "links", needs: access.View, summary: "List the links",
	}, func(context.Context, *struct{}) (*linkListOutput, error) {
		return &linkListOutput{LinkList{s.Links.Links()}}, nil
	})
	add(s, operation{
		id: "testLink", method: http.MethodPost, path: "/api/v1/links/test", tag: "links", needs: access.EditLinks,
		summary: "Try a link out", description: "Connects with a client id of its own, subscribes, and leaves again; nothing is stored.",
	}, func(ctx context.Context, in *linkInput) (*linkTestOutput, error) {
		return &linkTestOutput{s.Links.Test(ctx, in.Body)}, nil
	})
}

func (s *server) addLinkWrites() {
	changed := []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired}
	add(s, operation{
		id: "createLink", method: http.MethodPost, path: "/api/v1/links", tag: "links", needs: access.EditLinks, summary: "Make a link",
		description: "It connects at once.", status: http.StatusCreated, errors: []int{http.StatusConflict},
	}, func(ctx context.Context, in *linkInput) (*linkOutput, error) {
		l, err := s.Links.Create(ctx, in.Body)
		return &linkOutput{etag(l.Revision), l}, err
	})
	add(s, operation{
		id: "replaceLink", method: http.MethodPut, path: "/api/v1/links/{name}", tag: "links", needs: access.EditLinks, summary: "Change a link",
		description: "What waits for the broker stays. The name cannot be changed.", errors: changed,
	}, func(ctx context.Context, in *linkChangeInput) (*linkOutput, error) {
		revision, err := in.Revision()
		if err != nil {
			return nil, err
		}
		l, err := s.Links.Replace(ctx, in.Name, revision, in.Body)
		return &linkOutput{etag(l.Revision), l}, err
	})
	add(s, operation{
		id: "deleteLink", method: http.MethodDelete, path: "/api/v1/links/{name}", tag: "links", needs: access.EditLinks, summary: "Remove a link",
		description: "What waits for its broker is lost.", errors: changed,
	}, func(ctx context.Context, in *linkNameInput) (*struct{}, error) {
		revision, err := in.Revision()
		if err != nil {
			return nil, err
		}
		return nil, s.Links.Remove(ctx, in.Name, revision)
	})
}
