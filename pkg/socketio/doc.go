// Package socketio is a Socket.IO server for Go: protocol revision 5 over
// Engine.IO revision 4, by HTTP long-polling and websocket.
//
// A [Server] is an [http.Handler]. Namespaces, static or with {captures}, are
// taken from it with [Server.Namespace]; each client that connects to one is a
// [Socket]. What is emitted to many sockets is encoded and framed once.
package socketio
