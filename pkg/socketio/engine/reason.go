package engine

import "gateway/pkg/socketio/internal/wsframe"

// Reason says why a connection ended.
type Reason string

// Reasons that arise in this package.
const (
	TransportClose  Reason = "transport close"
	TransportError  Reason = "transport error"
	PingTimeout     Reason = "ping timeout"
	ParseError      Reason = "parse error"
	SlowConsumer    Reason = "slow_consumer"
	PayloadTooLarge Reason = "payload too large"
	ServerShutdown  Reason = "server shutting down"
	ForcedClose     Reason = "forced close"
)

// closeCode returns the websocket code that tells a peer the reason.
func (r Reason) closeCode() wsframe.CloseCode {
	switch r {
	case ServerShutdown:
		return wsframe.CloseGoingAway
	case ParseError:
		return wsframe.CloseProtocolError
	case PayloadTooLarge:
		return wsframe.CloseTooLarge
	case ForcedClose, TransportClose:
		return wsframe.CloseNormal
	}
	return wsframe.ClosePolicy
}

// abrupt reports whether there is no point in telling the peer.
func (r Reason) abrupt() bool {
	switch r {
	case TransportClose, TransportError, PingTimeout, SlowConsumer:
		return true
	}
	return false
}
