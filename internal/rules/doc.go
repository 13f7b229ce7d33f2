// Package rules keeps the gateway's mappings while it runs: those of the config file and the demo, which are read-only here, and
// those that people make, which it stores. It puts them in force as one table, file order first, and answers what a rule would do
// before it is saved: over the messages recorded lately, and live for a while in a dry run.
package rules
