// Package control is the way by which the gateway's own command line talks to a running gateway: the REST API on a Unix socket in
// the data directory. Whoever may open that file is the owner of the machine, and is asked for nothing else.
package control
