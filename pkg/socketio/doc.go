// Package socketio is a Socket.IO server for Go: protocol revision 5 over
// Engine.IO 4 (clients 3.x and 4.x) and revision 4 over Engine.IO 3 (clients 1.x
// and 2.x), by HTTP long-polling and websocket, with nothing but the standard
// library below it.
//
// A [Server] is an [http.Handler]. Namespaces, static or with {captures}, are
// taken from it with [Server.Namespace]; each client that connects to one is a
// [Socket]. What is emitted to many sockets is encoded and framed once, and
// queued by reference; a few goroutines write whole queues with one system
// call per connection.
//
// # What is promised
//
//   - Joins, leaves and broadcasts of a namespace have one order. A socket that
//     joins after Emit has returned does not get the event; every socket gets
//     events in the order in which they were emitted.
//   - Emitting never waits. A client that falls behind is closed with
//     [ReasonSlowConsumer] once its queue is full, and delays nobody else.
//   - Events of one socket are handled one at a time, in the order in which they
//     came. A handler may wait, for [Socket.Call] too.
//   - An event that does not marshal, or whose name clients keep for
//     themselves, is an error of the caller and never on the wire.
//   - What one client sends costs at most its own connection: packets are decoded
//     strictly, everything is bounded, and a panic of a handler closes the connection.
//   - Nothing is left of a connection that has ended.
//
// # Differences from the Node.js server
//
//   - Requests with an Origin of another host are refused unless
//     [Options.AllowOrigin] says otherwise.
//   - An error of a middleware that is no [*ConnectError] is not shown to the client.
//   - Middlewares run for clients whose state is recovered, too.
//   - A second CONNECT to the same namespace replaces the first socket.
//   - Packets to a namespace that the connection has left are ignored; they may
//     have crossed with the disconnection. Before any CONNECT they close the connection.
//   - A connection that has left all its namespaces is closed after
//     [Options.ConnectTimeout].
//   - A socket's own id is not among its [Socket.Rooms], though it can be named in
//     [Namespace.To].
//   - With [Options.Recovery], where the missed events are too many for the queue, of
//     those with the same [Broadcast.Key] only the newest is sent; a client that comes back before the server has noticed its
//     loss is recovered; slow consumers are, too.
//   - There is no permessage-deflate, no WebTransport, no JSONP (a page of any origin
//     could read what it brings), and no adapter for several processes.
//
// # Clients of Socket.IO 1 and 2
//
//   - They are in "/" without asking. Where "/" is refused to them, or does not exist,
//     they hear of it only if they ask for no other namespace, as their library reports
//     it in all of them.
//   - A query behind a namespace's name is added to [Handshake.Query], and goes before
//     that of the request.
//   - Of a [*ConnectError] they get the data or, without data, the message.
//   - They take no part in connection state recovery.
//   - [Socket.ID] is not the id that their library makes of the connection's, which is secret.
//   - Clients 1.x that poll without XMLHttpRequest 2 and do not upgrade are limited to ASCII.
//
// Clients of every version take 10 attachments in one packet at most, if they are recent.
package socketio
