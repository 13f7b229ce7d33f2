package api

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"gateway/internal/bus"
	"gateway/internal/fault"
)

// published is the answer to a publish that the bus took.
type published struct {
	OK    bool   `json:"ok"`
	Topic string `json:"topic"`
	Seq   uint64 `json:"seq"`
}

func (s *server) addPublish() {
	s.addTopic(operation{
		id: "publish", method: http.MethodPost, path: "/api/v1/publish/{topic}", tag: "bus", needs: known, summary: "Publish a message",
		description: "The body is the payload, as it is. The topic is the rest of the path and may hold slashes. 200 means what PUBACK means.",
		params: []*huma.Param{
			query("qos", huma.TypeInteger, "0, 1 or 2; default 0"), query("retain", huma.TypeBoolean, "keep it for later subscribers; default false"),
		},
		errors: []int{http.StatusTooManyRequests},
	}, "application/octet-stream", published{}, s.publish)
}

func (s *server) publish(w http.ResponseWriter, r *http.Request, topic string) {
	m, err := s.messageOf(w, r, topic)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	receipt, err := s.Bus.Publish(m)
	if err == nil {
		err = receipt.Wait(r.Context())
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, published{true, m.Topic, receipt.Seq})
}

func (s *server) messageOf(w http.ResponseWriter, r *http.Request, topic string) (bus.Message, error) {
	m := bus.Message{
		Topic: topic, Principal: principalOf(r.Context()),
		Origin: bus.Origin{Adapter: bus.FromHTTP, Conn: r.RemoteAddr},
	}
	var err error
	if m.QoS, m.Retain, err = publishOptions(r); err != nil {
		return m, err
	}
	if m.Payload, err = io.ReadAll(http.MaxBytesReader(w, r.Body, s.MaxPayload)); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return m, fault.New(fault.TooLarge, "the body is over %d bytes", tooLarge.Limit)
		}
		return m, fault.New(fault.Invalid, "the body could not be read to its end")
	}
	if t := r.Header.Get("Content-Type"); t != "application/x-www-form-urlencoded" { // what curl -d says of anything
		m.ContentType = t
	}
	return m, nil
}

func publishOptions(r *http.Request) (qos byte, retain bool, err error) {
	query := r.URL.Query()
	if v := query.Get("qos"); v != "" {
		n, err := strconv.ParseUint(v, 10, 8)
		if err != nil || n > 2 {
			return 0, false, fault.New(fault.Invalid, "qos=%s: use 0, 1 or 2", v)
		}
		qos = byte(n)
	}
	if v := query.Get("retain"); v != "" {
		if retain, err = strconv.ParseBool(v); err != nil {
			return 0, false, fault.New(fault.Invalid, "retain=%s: use true or false", v)
		}
	}
	return qos, retain, nil
}
