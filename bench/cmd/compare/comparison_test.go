package main

import (
	"fmt"
	"testing"

	"gateway/bench/internal/load"
)

func TestWhatIsComparedAlternates(t *testing.T) {
	var specs []load.Spec
	for _, k := range load.Kinds() {
		specs = append(specs, load.Spec{Kind: k})
	}
	var got [][]load.Kind
	for _, g := range groups(specs) {
		var kinds []load.Kind
		for _, s := range g {
			kinds = append(kinds, s.Kind)
		}
		got = append(got, kinds)
	}
	want := "[[fanout linger] [rooms] [upstream] [events] [polling] [calm slow] [peak] [idle]]"
	if fmt.Sprint(got) != want {
		t.Errorf("groups %v, want %s", got, want)
	}
}

func TestOnlyWorkloadsWithAPeerForTheBaselineAreChosen(t *testing.T) {
	c := comparison{options: options{baseline: "/bin/before", idle: 10}}
	if err := c.choose(); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(c.report.Kinds), "[fanout linger rooms upstream polling slow idle]"; got != want {
		t.Errorf("workloads %s, want %s", got, want)
	}
	if got := fmt.Sprint(c.report.Servers); got != "[gateway baseline]" {
		t.Errorf("servers %s", got)
	}
}
