// Package mapping is the language of the gateway's mappings: which MQTT topic is which socket.io event. Rules are
// data. This package reads them, checks them, and answers what becomes of a message. It is pure: it does no I/O, asks
// no clock and starts no goroutine.
//
// # Rules
//
// A rule pairs a topic with a namespace and an event:
//
//	[[mapping]]
//	name      = "rooms"
//	topic     = "home/{room}/{sensor}"
//	namespace = "/home/{room}"
//	event     = "{sensor}"
//
// or, with to, one topic with another (topic -> topic). ParseTOML reads rules, Compile checks them and builds a
// Table. Compile reports every fault of every rule as a Problem with line, message and remedy, and its table holds
// the rules that have none.
//
// Absent keys mean: direction both, payload auto, qos 0, retain false, replay last, meta replayed, over latest,
// echo false, rpc.timeout 5s. qos and retain are for what is published to MQTT. when, transform, room, replay, meta,
// rate, dedupe, deadband and echo are for what is sent to socket.io. rate, dedupe and deadband are only declared here;
// the bridge, which has a clock, keeps them.
//
// # Patterns
//
// In a topic {x} takes one whole level that is not empty, {x...} one or more levels at the end. + and # match as in
// MQTT and take nothing. A wildcard or capture in the first level matches no topic that begins with $, and nothing is
// ever published to such a topic. A rule has at most 16 captures.
//
// A namespace, event, room or topic to write is a template. In a namespace a captured value is percent-encoded (%, the
// comma, ?, #, +, / and control characters; the rest stays as it is), in an event or room it is literal. So no value
// can add a level to a namespace, or name one of the gateway's own (/mqtt, /devices, /admin): such messages are
// dropped with ReasonReservedNamespace. Events the JS client would close its connection on are never sent
// (ReasonReservedEvent). Namespaces longer than MaxNamespace are dropped.
//
// The way back reads the same templates backwards. For that a level holds at most one capture, with any text before
// and after it, and {x...} ends an event; every capture of the topic stands in namespace or event. What percent-encoding
// would not have written is not read either, so each namespace has one name. An inbound value that holds +, # or NUL,
// or / where one level is meant, is refused as invalid.
//
// # {client.id}
//
// {client.id} is the id of the principal: the user, token or device, not MQTT's client id.
//
//   - Inbound it is filled in from the Client, never from what the client says: where namespace or event name it too,
//     they must agree, or the event is denied. A client without an id is denied.
//   - Outbound it is what the topic has in that level, and only that principal's sockets may get the event:
//     Route.ClientID is set and Route.Client is the id. An outbound rule that uses it must have it in its topic.
//   - For a namespace, Bound.FilterFor fills it into the topics a principal's sockets can see.
//
// So with topic = "users/{client.id}/{what}", namespace = "/me", event = "{what}", what Ann emits in /me as "mood" is
// published on users/ann/mood, and what is published there reaches the sockets of Ann in /me, and nobody else.
//
// # Payloads
//
// Outbound, auto sends nothing as null, JSON as the very bytes that came, other UTF-8 as a string and the rest as
// binary. Text that only looks like JSON but is not UTF-8 is binary: a websocket text frame could not carry it. json
// drops what is not JSON, text always sends a string, binary always bytes. An empty retained payload deletes a value;
// it is null under every codec and passes when and transform by.
//
// Inbound, auto and text publish a string as its bytes, null as nothing and any other JSON compact. json publishes
// every argument as JSON, so a string keeps its quotes and null is the word null. binary takes bytes and strings.
// Bytes pass as they are, but not under json, and under text only if they are UTF-8. An event without an argument
// publishes an empty payload that is not retained; one with two is invalid.
//
// # Expressions
//
// when, transform, transform_in and rpc.match are expr-lang (https://expr-lang.org), checked for syntax and types when
// compiled. They read
//
//	payload    any: the decoded payload, or the event's argument in transform_in
//	topic      string
//	qos        int, 0 to 2
//	retain     bool
//	client.id  string: the principal, empty where there is none
//	room ...   string: each capture by its name; in rpc.match those of reply
//
// JSON numbers are floats, as in JS, and % works on them. A payload that is not JSON is text, or []byte if it is not
// UTF-8: payload[0] * 256 + payload[1] reads a two-byte number. It is decoded only if the expression reads it. The
// clock (now) and time zones are not available, so that a message has one answer.
//
// What transform yields is sent as JSON, bytes as binary; transform_jq does the same in jq, with $topic, $qos, $retain
// and the captures as variables, and without a result it filters the message as when does.
//
// A failing expression costs its rule the one message, with ReasonWhenError or ReasonTransformError. Expressions are
// bounded in what they read (MaxExprPayload), in steps, and in the text and arrays they make. expr cannot be stopped
// from outside, so patch.go has each expression count for itself; a bound on nested loops is not needed then. jq
// programs are bounded in steps and by Input.Context but not in memory, so a hostile author of rules can exhaust it
// there; a hostile payload alone cannot, unless the program uses it as an index or a count.
//
// # Finding rules
//
// Table finds rules in a trie, each node of it at most once for a message, so the cost follows the depth of the topic
// and the rules that match, not the number of rules.
//
// # Help for authors
//
// Suggest makes a rule for a topic, Templates are rules for what people own, each with tests, and Devices recognises such
// devices by their messages. Variables and Functions are what expressions can name. Table.Warnings tells of what is allowed and
// probably not meant.
//
// # Refused sets of rules
//
// An inbound rule that may take the same event as an rpc rule is refused: the event has one ack. A topic -> topic rule
// is refused when some message would then meet a rule twice within 16 rules (no message goes through more than eight);
// the problem shows the way round. Both take the rules
// before it in order as given.
package mapping
