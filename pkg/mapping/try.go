package mapping

// Outcome is what one rule would make of a message, or why it would not.
type Outcome struct {
	Rule      *Compiled `json:"-"`
	Name      string    `json:"rule"`
	Namespace string    `json:"namespace,omitempty"`
	Room      string    `json:"room,omitempty"`
	Event     string    `json:"event,omitempty"`
	To        string    `json:"to,omitempty"`
	Client    string    `json:"client,omitempty"` // only this principal's sockets
	Value     Value     `json:"value"`            // the argument; for a topic -> topic rule the new payload as auto shows it
	Drop      Reason    `json:"drop,omitempty"`   // empty when the message passes
	Text      string    `json:"text,omitempty"`   // the error behind Drop
}

// Try says what a message would become, by each outbound and topic -> topic rule whose pattern matches, in rule
// order. Nothing is sent, and rate, dedupe and deadband are not looked at.
func (t *Table) Try(topic string, payload []byte) []Outcome {
	return t.TryInput(Input{Topic: topic, Payload: payload})
}

// TryInput is Try for a whole message: expressions read its qos and retain too. in needs a Topic; its Route is not looked at.
func (t *Table) TryInput(in Input) []Outcome {
	var out []Outcome
	for _, r := range t.Routes(nil, in.Topic) {
		o := Outcome{
			Rule: r.Rule, Name: r.Rule.Name(), Namespace: r.Namespace, Room: r.Room, Event: r.Event,
			To: r.To, Client: r.Client, Drop: r.Drop,
		}
		if o.Drop == "" {
			in.Route = &r
			o.run(in)
		}
		out = append(out, o)
	}
	return out
}

func (o *Outcome) run(in Input) {
	var err error
	if o.Rule.IsTopicToTopic() {
		var p []byte
		p, o.Drop, err = o.Rule.Rewrite(in)
		o.Value = payloadValue(p)
	} else {
		o.Value, o.Drop, err = o.Rule.Encode(in)
	}
	if o.Drop != "" {
		o.Value = Value{}
	}
	if err != nil {
		o.Text = err.Error()
	}
}
