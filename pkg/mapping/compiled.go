package mapping

import "time"

// Compiled is a rule that passed every check, ready to run. It never changes and is safe for concurrent use.
type Compiled struct {
	spec  Rule
	index int
	sl    slots

	topic            *Pattern
	to, reply        *Pattern  // nil when the rule has none
	namespace, event *template // nil for topic -> topic
	room             *template // nil when the rule has none
	clientSlot       int       // slot of {client.id}, -1 without
	clientOut        bool      // the topic names the principal

	rateN           int
	ratePer, dedupe time.Duration
	rpcTimeout      time.Duration

	exprs expressions
	tests *testRun // shared by all tables that have the rule as it is
}

// Name is the rule's name, unique within its table.
func (c *Compiled) Name() string { return c.spec.Name }

// Spec is the rule as written, with the defaults filled in.
func (c *Compiled) Spec() Rule { return c.spec }

// Index is the rule's position in Table.Rules.
func (c *Compiled) Index() int { return c.index }

// Outbound reports whether the rule carries MQTT messages to socket.io.
func (c *Compiled) Outbound() bool { return c.to == nil && c.spec.Direction != In }

// Inbound reports whether the rule carries socket.io events to MQTT.
func (c *Compiled) Inbound() bool { return c.to == nil && c.spec.Direction != Out }

// IsTopicToTopic reports whether the rule rewrites topics and neither Outbound nor Inbound.
func (c *Compiled) IsTopicToTopic() bool { return c.to != nil }

// Replays reports whether late joiners get the last value. Commands, which an rpc rule carries too, never replay.
func (c *Compiled) Replays() bool {
	return c.Outbound() && c.spec.Replay == ReplayLast && c.spec.RPC == nil
}

// Meta says when events carry the second argument.
func (c *Compiled) Meta() Meta { return c.spec.Meta }

// Echo reports whether an event goes back to the socket it came from.
func (c *Compiled) Echo() bool { return c.spec.Echo }

// HasRoom reports whether events go only to the sockets of a room.
func (c *Compiled) HasRoom() bool { return c.room != nil }

// Rate is the limit of n messages per topic in each period; ok is false without one.
func (c *Compiled) Rate() (n int, per time.Duration, ok bool) {
	return c.rateN, c.ratePer, c.rateN > 0
}

// Over says what happens to messages above Rate.
func (c *Compiled) Over() Over { return c.spec.Over }

// Dedupe is how long an unchanged value is not sent again, 0 for no such limit.
func (c *Compiled) Dedupe() time.Duration { return c.dedupe }

// Deadband is the least change of a number that is sent, in the payload's unit; ok is false without one.
func (c *Compiled) Deadband() (float64, bool) { return c.spec.Deadband, c.spec.Deadband > 0 }

// IsRPC reports whether acks wait for the device's answer.
func (c *Compiled) IsRPC() bool { return c.spec.RPC != nil }

// RPCTimeout is how long they wait, 0 for a rule without rpc.
func (c *Compiled) RPCTimeout() time.Duration { return c.rpcTimeout }

// TopicFilter is the MQTT filter of the topics the rule reads or writes; see Pattern.Filter.
func (c *Compiled) TopicFilter() string { return c.topic.Filter() }
