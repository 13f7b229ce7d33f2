package mapping_test

import (
	"fmt"

	"gateway/pkg/mapping"
)

func Example() {
	rules, err := mapping.ParseTOML("gateway.toml", []byte(`
[[mapping]]
name      = "rooms"
topic     = "home/{room}/{sensor}"
namespace = "/home/{room}"
event     = "{sensor}"
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	table, err := mapping.Compile(rules)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range table.Routes(nil, "home/kitchen/temp") {
		v, _, err := r.Rule.Encode(mapping.Input{Route: &r, Payload: []byte("21.5")})
		fmt.Println(r.Namespace, r.Event, string(v.JSON), err)
	}
	light := mapping.Arg{JSON: []byte(`"on"`)}
	pubs, err := table.Inbound("/home/kitchen", "light", mapping.Client{ID: "ann"}, []mapping.Arg{light})
	fmt.Println(pubs[0].Topic, string(pubs[0].Payload), err)
	// Output:
	// /home/kitchen temp 21.5 <nil>
	// home/kitchen/light on <nil>
}

func ExampleCompile_problems() {
	_, err := mapping.Compile([]mapping.Rule{{
		Name: "lamp", Topic: "lamp/{id}/{what}", Namespace: "/lamp", Event: "{what}",
	}})
	fmt.Println(err)
	// Output:
	// mapping "lamp": topic: the way back cannot fill in {id}: neither namespace nor event has it; put {id} in namespace or event, or set direction = "mqtt_to_socketio"
}
