package mapping

import "fmt"

// Encode makes the event argument of a message for an outbound rule: when, then transform, then the codec. An empty
// reason means send it; ReasonWhen that it is filtered; any other comes with an error and drops this message only.
// Without a transform JSON passes as the very bytes of in.Payload, neither copied nor decoded.
func (c *Compiled) Encode(in Input) (Value, Reason, error) {
	v, err := encodeBytes(c.spec.Payload, in.Payload, in.Retain)
	if err != nil {
		return Value{}, ReasonPayload, fmt.Errorf("mapping %q: %w", c.spec.Name, err)
	}
	return v, "", nil
}
