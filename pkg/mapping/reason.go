package mapping

// Reason says in one stable word why a message did not pass a rule; empty means it did. Reasons are counted,
// traced and shown, so they are part of the API.
type Reason string

// The reasons a rule gives.
const (
	ReasonWhen              Reason = "when"               // filtered by when, or by a jq program without output
	ReasonWhenError         Reason = "when_error"         // when failed on this payload
	ReasonTransformError    Reason = "transform_error"    // transform, transform_in or transform_jq failed
	ReasonPayload           Reason = "payload"            // the codec refuses the payload
	ReasonReservedNamespace Reason = "reserved_namespace" // rendered to /mqtt, /devices, /admin or below
	ReasonReservedEvent     Reason = "reserved_event"     // rendered to a name the JS client cuts its connection on
	ReasonReservedTopic     Reason = "reserved_topic"     // to rendered to $...
	ReasonNamespaceTooLong  Reason = "namespace_too_long" // over MaxNamespace bytes
	ReasonTopicTooLong      Reason = "topic_too_long"     // to rendered over 65,535 bytes
)
