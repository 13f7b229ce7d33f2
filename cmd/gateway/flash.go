package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"gateway/internal/config"
	"gateway/internal/control"
	"gateway/internal/flash"
)

const flashHelp = `Takes an ESP8266 board that hangs at this machine to a device on the gateway's bus:
writes MicroPython and the firmware to it, gives it a key, the Wi-Fi and the
gateway's address, and waits until it is online.

The gateway may run on this machine, or elsewhere: name it with --url, and put an
API token of an admin into $GATEWAY_TOKEN. The password of the Wi-Fi comes from
--password-file, from $GATEWAY_WIFI_PASSWORD, from what the gateway keeps, or is
asked for at a terminal; an empty one is for an open network.

Exit codes: 0 the board is online; 1 it failed; 2 the command line is wrong; 3 no
board answered; 4 the port is busy or may not be opened; 5 the board was flashed,
but did not come online; 130 it was given up with Ctrl-C. After each of them the
board can be flashed again.`

const flashExample = `  gateway flash --list
  gateway flash --port /dev/ttyUSB0 --name "Alert lamp" --wifi home --example lamp
  gateway flash --port /dev/ttyUSB0 --name lamp --wifi home --password-file wifi.txt --image ESP8266_GENERIC.bin
  GATEWAY_TOKEN=me.secret gateway flash --url http://gateway.lan:8090 --port COM3 --name lamp --wifi home`

// flashFlags are what the command line says.
type flashFlags struct {
	list, json, keep, erase, files     bool
	port, name, id, wifi, passwordFile string
	example, image, url, address       string
	baud                               int
	within, hands                      time.Duration
}

func newFlash() *cobra.Command {
	var o flashFlags
	cmd := &cobra.Command{
		Use:     "flash --port PORT --name NAME [--wifi SSID] [--example NAME] [--image FILE] [--url URL]",
		Short:   "Make a bare board a device on the bus",
		Long:    flashHelp,
		Example: flashExample,
		Args:    named(),
	}
	s := configFlag(cmd)
	s.keyFlags(cmd, "data")
	f := cmd.Flags()
	f.BoolVar(&o.list, "list", false, "list the serial ports, and do nothing")
	f.BoolVar(&o.json, "json", false, "print JSON: the ports, or how the job ended")
	f.StringVar(&o.port, "port", "", "serial `port` that the board hangs at; may be left out when there is only one")
	f.StringVar(&o.name, "name", "", "`name` of the board, for people")
	f.StringVar(&o.id, "id", "", "its `id`, which names its topics; that of a board that is there makes this one take its place")
	f.StringVar(&o.wifi, "wifi", "", "`name` of the Wi-Fi (default: what the chip has stored)")
	f.StringVar(&o.passwordFile, "password-file", "", "`file` whose first line is the password of the Wi-Fi")
	f.BoolVar(&o.keep, "keep-wifi", false, "have the gateway keep the Wi-Fi for the next board, encrypted")
	f.StringVar(&o.example, "example", flash.Agent, "`name` of what the board is to do: an example of the firmware")
	f.StringVar(&o.image, "image", "", "`file` with MicroPython for the ESP8266 (default: the gateway's)")
	f.StringVar(&o.url, "url", "", "`address` of the gateway, when it runs elsewhere")
	f.StringVar(&o.address, "address", "", "`address` that the board is told, if not what the gateway finds out")
	f.IntVar(&o.baud, "baud", 0, "highest speed to try, in `baud` (default: flash.baud)")
	f.BoolVar(&o.erase, "erase", false, "erase all of the flash first")
	f.BoolVar(&o.files, "files-only", false, "MicroPython is on the board already: only push the files")
	f.DurationVar(&o.within, "within", 90*time.Second, "`time` that the board gets to come online")
	f.DurationVar(&o.hands, "hands", 2*time.Minute, "`time` to wait for somebody to hold FLASH and press RESET, where that is needed; 0 does not wait")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := s.load(cmd, config.Load)
		if err != nil {
			return err
		}
		if o.list {
			return listPorts(cmd.Context(), cmd, c, o.json)
		}
		return o.run(cmd.Context(), cmd, c)
	}
	return cmd
}

// run flashes one board.
func (o *flashFlags) run(ctx context.Context, cmd *cobra.Command, c *config.Config) error {
	if err := o.check(c); err != nil {
		return &usageError{err}
	}
	client, err := o.client(ctx, c)
	if err != nil {
		return err
	}
	g := &distantGateway{client: client, keep: o.keep}
	if err := g.offers(ctx, o.example); err != nil {
		return err
	}
	w := flash.Work{Kind: o.kind(), Port: o.port, Baud: o.baud, Order: flash.Order{
		Name: o.name, ID: o.id, Template: o.example, SSID: o.wifi, Address: o.address,
	}}
	if w.Order.Password, err = o.password(ctx, cmd, g); err != nil {
		return err
	}
	if p := w.Order.Password; p != nil { // before the board is reset
		if err := flash.CheckWiFi(o.wifi, *p); err != nil {
			return &usageError{err}
		}
	}
	if w.Kind != flash.Files {
		if w.Image, err = o.firmware(ctx, g); err != nil {
			return err
		}
	}
	return o.work(ctx, cmd, w, g)
}

func (o *flashFlags) kind() flash.Kind {
	switch {
	case o.files:
		return flash.Files
	case o.erase:
		return flash.Erase
	}
	return flash.Full
}

// check fills in what goes without saying, and says what is missing.
func (o *flashFlags) check(c *config.Config) error {
	switch {
	case o.name == "":
		return errors.New("--name is missing: what is the board to be called?")
	case o.files && (o.erase || o.image != ""):
		return errors.New("--files-only writes no MicroPython: leave --erase and --image out")
	case o.passwordFile != "" && o.wifi == "":
		return errors.New("--password-file is for a Wi-Fi: name it with --wifi")
	case o.baud != 0 && (o.baud < 9600 || o.baud > 2000000):
		return fmt.Errorf("--baud %d: 9600 to 2000000, as 460800 or 115200", o.baud)
	case o.baud == 0:
		o.baud = c.Flash.Baud
	}
	if o.port == "" {
		return o.onlyPort(c)
	}
	return nil
}

// client reaches the gateway.
func (o *flashFlags) client(ctx context.Context, c *config.Config) (*control.Client, error) {
	if o.url != "" {
		return control.Remote(o.url, os.Getenv("GATEWAY_TOKEN"))
	}
	return running(ctx, c.DataDir, "start it, or name another with --data, or one elsewhere with --url")
}

// work does it, and says how it goes.
func (o *flashFlags) work(ctx context.Context, cmd *cobra.Command, w flash.Work, g flash.Gateway) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends it at once
	show := newProgress(cmd.OutOrStdout(), o.json)
	t := flash.NewTracker("", w, show.poke)
	show.follow(t)
	err := flash.Run(ctx, w, g, t, flash.Tools{Within: o.within, Hands: o.handsOrNone()})
	show.end()
	j := t.Job()
	if o.json {
		if err := writeJSON(cmd.OutOrStdout(), reportOf(j)); err != nil {
			return err
		}
	}
	var f *flash.Failure
	if errors.As(err, &f) {
		return &exitError{exitCode(f), err}
	}
	return err
}

// handsOrNone is how long to wait as the job has it, for which 0 is what is usual.
func (o *flashFlags) handsOrNone() time.Duration {
	if o.hands == 0 {
		return -1
	}
	return o.hands
}

// exitCode is what scripts go by.
func exitCode(f *flash.Failure) int {
	switch f.Reason {
	case flash.IsSilent:
		return 3
	case flash.IsBusy, flash.IsDenied:
		return 4
	case flash.IsOffline, flash.IsWiFi:
		return 5
	case flash.IsGone:
		if f.Phase == flash.Connect {
			return 3
		}
		if f.Phase == flash.Online {
			return 5
		}
	case flash.IsCancelled:
		return 130
	}
	return 1
}
