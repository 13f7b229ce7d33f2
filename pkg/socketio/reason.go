package socketio

// Reason says why a socket or its connection ended. The values that the
// reference server also has are spelled as there.
type Reason string

// Reasons of a disconnection.
const (
	ReasonTransportClose    Reason = "transport close"             // the peer or the network ended the connection
	ReasonTransportError    Reason = "transport error"             // reading or writing failed, or the peer broke the websocket protocol
	ReasonPingTimeout       Reason = "ping timeout"                // the peer did not answer a ping in time
	ReasonClientDisconnect  Reason = "client namespace disconnect" // the client left the namespace
	ReasonServerDisconnect  Reason = "server namespace disconnect" // [Socket.Disconnect]
	ReasonServerShutdown    Reason = "server shutting down"        // [Server.Close]
	ReasonForcedClose       Reason = "forced close"                // [Socket.Disconnect] closed the connection
	ReasonParseError        Reason = "parse error"                 // the client sent what is no packet
	ReasonSlowConsumer      Reason = "slow_consumer"               // the client fell behind its queue's bounds
	ReasonConnectTimeout    Reason = "connect_timeout"             // the client joined no namespace in time
	ReasonPayloadTooLarge   Reason = "payload too large"           // a message exceeded [Options.MaxPayload]
	ReasonTooManyNamespaces Reason = "too many namespaces"         // the client exceeded [Options.MaxNamespaces]
	ReasonHandlerPanic      Reason = "handler panic"               // an event handler panicked
)
