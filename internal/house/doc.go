// Package house holds the test that keeps the import rule: imports point down only, and a library has one importer. It has no
// code of its own.
package house
