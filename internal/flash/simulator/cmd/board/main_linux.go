package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"gateway/internal/flash/simulator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "board:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	o, image, err := parse(args)
	if err != nil {
		return err
	}
	if image != "" {
		return os.WriteFile(image, simulator.Image(), 0o644)
	}
	o.Log = func(line string) { fmt.Fprintln(out, line) }
	b, err := simulator.Start(o)
	if err != nil {
		return err
	}
	defer b.Close()
	orders := make(chan string)
	go read(ctx, in, orders)
	for {
		select {
		case order, ok := <-orders:
			if !ok || order == "quit" {
				return nil
			}
			if err := obey(b, order); err != nil {
				fmt.Fprintln(out, "error:", err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func parse(args []string) (o simulator.Options, image string, err error) {
	f := flag.NewFlagSet("board", flag.ContinueOnError)
	f.StringVar(&o.Dir, "dir", "", "folder that keeps the flash: flash.bin and files/")
	f.StringVar(&o.Link, "link", "", "symbolic link to the port, which stays over unplug and plug")
	f.IntVar(&o.Size, "size", 4<<20, "bytes of flash")
	f.BoolVar(&o.Fast, "fast", false, "leave out the time that the line and the flash take")
	f.StringVar(&o.WebSocket, "ws", "", "address for browsers, as 127.0.0.1:0")
	f.StringVar(&o.Program, "repl", "", "firmware/tests/rig/repl.mjs, looked for from here up")
	f.StringVar(&image, "image", "", "write an image for this board to a file, and end")
	faults := f.String("fault", "", "what is wrong with it: block97, noise, esp32, short, manual, neversync, neverresets, crashloop, wifi-wrong, slow")
	if err := f.Parse(args); err != nil {
		return o, "", err
	}
	o.Faults, err = simulator.ParseFaults(*faults)
	return o, image, err
}

func read(ctx context.Context, in io.Reader, orders chan<- string) {
	defer close(orders)
	for s := bufio.NewScanner(in); s.Scan(); {
		select {
		case orders <- s.Text():
		case <-ctx.Done():
			return
		}
	}
}

func obey(b *simulator.Board, order string) error {
	switch order {
	case "reset":
		b.Reset()
	case "loader":
		b.Loader()
	case "unplug":
		b.Unplug()
	case "plug":
		return b.Plug()
	case "":
	default:
		return errors.New("reset, loader, unplug, plug or quit, but not " + order)
	}
	return nil
}
