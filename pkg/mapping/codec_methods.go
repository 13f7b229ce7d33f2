package mapping

// Encode makes an event argument of an MQTT payload, as a rule with this codec does; retain is the message's retain flag,
// with which an empty payload means "deleted" and becomes null. The argument may share the payload's bytes. Errors:
// [ErrNotJSON], [ErrNotUTF8].
func (c Codec) Encode(payload []byte, retain bool) (Value, error) {
	return encodeBytes(or(c, Auto), payload, retain)
}

// Decode makes an MQTT payload of an event's arguments, as a rule with this codec does. Errors: [ErrArguments] for more than
// one argument, and those that say why the one does not fit the codec.
func (c Codec) Decode(args []Arg) ([]byte, error) { return decodeArgs(or(c, Auto), args) }
