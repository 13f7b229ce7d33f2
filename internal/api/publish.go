package api

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/fault"
)

// published is the answer to a publish that the bus took.
type published struct {
	OK    bool   `json:"ok"`
	Topic string `json:"topic"`
	Seq   uint64 `json:"seq"`
}

// publish takes POST /api/v1/publish/TOPIC?qos=&retain=: the body is the payload. 200 means what PUBACK means.
func (s *server) publish(w http.ResponseWriter, r *http.Request, p *access.Principal) {
	m, err := s.messageOf(w, r, p)
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

func (s *server) messageOf(w http.ResponseWriter, r *http.Request, p *access.Principal) (bus.Message, error) {
	m := bus.Message{
		Topic: strings.TrimPrefix(r.URL.Path, publishPath), Principal: p,
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
