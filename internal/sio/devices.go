package sio

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/device"
	"gateway/internal/fault"
	"gateway/pkg/socketio"
)

// deviceNamespace is for boards: what they emit is published below devices/<their id>/, and what others publish there is
// emitted to them.
const deviceNamespace = "/devices"

// proveWithin is how long a board may take to prove who it is.
const proveWithin = 5 * time.Second

// claim is who a board says that it is, before it has proved anything.
type claim struct {
	ID    string `json:"id"`
	Nonce string `json:"nonce"`
}

// ServeDevices opens /devices to boards.
func (s *Surface) ServeDevices(d *device.Service) {
	n := s.server.Namespace(deviceNamespace)
	n.Use(s.claimed)
	n.OnConnect(func(sock *socketio.Socket) {
		sock.NoRecovery() // it is told everything anew
		b := &boardSocket{surface: s, sock: sock}
		sock.SetData(b)
		if c, ok := sock.Handshake().Data.(*claimant); ok {
			go b.challenge(d, c)
			return
		}
		x, err := d.EnterByToken(principalOf(sock), b, sock.Handshake().RemoteAddr)
		b.settle(x, err)
	})
}

// claimant is a board that is connected and mute: it has to prove itself.
type claimant struct {
	claim
	visitor *visitor
}

// claimed looks at what a board brings: an id and a nonce, or a token of the kind device. Anybody may claim to be a board, and is
// nobody until that is proved.
func (s *Surface) claimed(ctx context.Context, h *socketio.Handshake) error {
	v := h.ConnData.(*visitor)
	var c claim
	if json.Unmarshal(h.Auth, &c) == nil && c.ID != "" && c.Nonce != "" {
		nobody := &access.Principal{Kind: access.KindAnonymous, ID: access.Anonymous().ID}
		at := &seat{first: nobody}
		at.p.Store(nobody)
		h.ConnData, h.Owner, h.Data = at, "claim "+h.ID, &claimant{c, v}
		return nil
	}
	if err := s.seated(ctx, h); err != nil {
		return err
	}
	if p := h.ConnData.(*seat).p.Load(); p.Kind != access.KindDevice {
		return s.refuseConnect(h, p.ID, fault.New(fault.Denied, "%s is for boards: bring the id and key of one, or a token of the kind device", deviceNamespace))
	}
	return nil
}

// challenge has a board prove its key. Whatever is wrong, it is disconnected without a word: the key, the id, its time.
func (b *boardSocket) challenge(d *device.Service, claimed *claimant) {
	c := d.Challenge(claimed.ID, claimed.Nonce)
	ctx, cancel := context.WithTimeout(context.Background(), proveWithin)
	defer cancel()
	var answer struct {
		Proof string `json:"proof"`
	}
	data, err := b.Call(ctx, "$challenge", map[string]string{"nonce": c.Nonce, "proof": c.Proof})
	if err == nil {
		_ = json.Unmarshal(data, &answer) // what is no answer proves nothing
	}
	x, err := d.Enter(c, answer.Proof, b, b.sock.Handshake().RemoteAddr)
	if err == nil {
		b.surface.lobby.leave(claimed.visitor)
		at := seatOf(b.sock)
		at.p.Store(x.Principal())
	}
	b.settle(x, err)
}

// settle has a board's events handled from now on, or cuts it.
func (b *boardSocket) settle(x *device.Session, err error) {
	if err != nil {
		b.surface.drop(err, hostOf(b.sock.Handshake().RemoteAddr)+" "+deviceNamespace)
		b.sock.Disconnect(true)
		return
	}
	b.session = x
	b.sock.OnAny(b.handle)
	b.sock.OnDisconnect(func(socketio.Reason) { x.Left() })
	if err := x.Welcome(); err != nil {
		b.surface.log.Debug("a board has gone before it was welcome", "device", x.Principal().ID, "err", err)
		return
	}
	b.surface.reassess(b.sock, x.Principal(), "its rights changed while it connected")
}

// handle takes an event of a board that has proved itself.
func (b *boardSocket) handle(ctx context.Context, e *socketio.Event) {
	if strings.HasPrefix(e.Name, "$") {
		answer, err := b.session.Control(e.Name, jsonOf(e.Args))
		if err != nil {
			b.surface.answer(e, err)
			return
		}
		b.surface.send(e, answer)
		return
	}
	args, err := argsOf(e)
	if err != nil {
		b.surface.answer(e, err)
		return
	}
	receipt, err := b.session.Publish(principalOf(b.sock), e.Name, args)
	if err != nil || !receipt.Durable() || !e.HasAck() {
		b.surface.answer(e, err)
		return
	}
	b.answerLater(ctx, e, receipt)
}

// answerLater acknowledges when the durable receivers have the event. Beyond a few that wait, the board's next events wait with
// them.
func (b *boardSocket) answerLater(ctx context.Context, e *socketio.Event, receipt bus.Receipt) {
	wait := func() {
		defer b.waiting.Add(-1)
		ctx, cancel := context.WithTimeout(ctx, durableTimeout)
		defer cancel()
		b.surface.answer(e, receipt.Wait(ctx))
	}
	if b.waiting.Add(1) > maxWaiting {
		wait()
		return
	}
	go wait()
}

func jsonOf(args []socketio.Arg) []json.RawMessage {
	out := make([]json.RawMessage, 0, len(args))
	for _, a := range args {
		out = append(out, a.JSON)
	}
	return out
}
