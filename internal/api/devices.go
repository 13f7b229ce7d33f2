package api

import (
	"context"
	"net/http"
	"time"

	"gateway/internal/access"
)

// DeviceService knows what has connected.
type DeviceService interface {
	Devices() []Device
	// Kick cuts a device's connections, and reports whether there were any.
	Kick(id string) bool
}

// Device is a client that is connected, or was.
type Device struct {
	ID             string        `json:"id" doc:"Its key here" example:"mqtt:plug_7"`
	Kind           string        `json:"kind" enum:"mqtt,socketio"`
	ClientID       string        `json:"client_id" doc:"MQTT's client id, or the id of the socket.io connection"`
	Principal      PrincipalName `json:"principal"`
	Token          string        `json:"token,omitempty" doc:"Id of the token that it came with"`
	Address        string        `json:"address" doc:"host:port of its newest connection"`
	Agent          string        `json:"agent,omitempty" doc:"User-Agent of a socket.io client"`
	Online         bool          `json:"online"`
	ConnectedAt    time.Time     `json:"connected_at" doc:"Of the newest connection"`
	DisconnectedAt *time.Time    `json:"disconnected_at,omitempty"`
	Reason         string        `json:"reason,omitempty" doc:"Why it went, where that is known"`
	Subscriptions  int           `json:"subscriptions" doc:"Filters of an MQTT client, namespaces of a socket.io client"`
	Queued         int           `json:"queued" doc:"Messages that it has not acknowledged"`
	Topics         []DeviceTopic `json:"topics" doc:"The last topics it published to, five at most; newest first"`
}

// PrincipalName says who somebody is.
type PrincipalName struct {
	Kind string `json:"kind" enum:"anonymous,user,token,device,local,system"`
	ID   string `json:"id"`
}

// DeviceTopic is the last that a device published to a topic.
type DeviceTopic struct {
	Topic    string    `json:"topic"`
	At       time.Time `json:"at"`
	Payload  string    `json:"payload" doc:"Its first KiB"`
	Encoding string    `json:"encoding" enum:"utf8,base64"`
}

// DeviceList is what has connected.
type DeviceList struct {
	Items []Device `json:"items" doc:"Connected ones first, then the newest"`
}

type deviceListOutput struct{ Body DeviceList }

type deviceInput struct {
	ID string `path:"id" doc:"As in the list" example:"mqtt:plug_7"`
}

func (s *server) addDevices() {
	add(s, operation{
		id: "listDevices", method: http.MethodGet, path: "/api/v1/devices", tag: "devices", needs: access.View, summary: "List what has connected",
	}, func(context.Context, *struct{}) (*deviceListOutput, error) {
		return &deviceListOutput{DeviceList{s.Devices.Devices()}}, nil
	})
	add(s, operation{
		id: "kickDevice", method: http.MethodDelete, path: "/api/v1/devices/{id}/connection", tag: "devices", needs: access.EditDevices,
		summary: "Cut a client's connection", description: "It may come back: take back its token to keep it out.",
		errors: []int{http.StatusNotFound},
	}, func(_ context.Context, in *deviceInput) (*struct{}, error) {
		if !s.Devices.Kick(in.ID) {
			return nil, notFound("connected client", in.ID)
		}
		return nil, nil
	})
}
