package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"gateway/internal/api"
	"gateway/internal/config"
	"gateway/internal/control"
	"gateway/internal/flash/image"
	"gateway/internal/flash/port"
)

// onlyPort takes the one port that there is.
func (o *flashFlags) onlyPort(c *config.Config) error {
	list, err := port.List(c.Flash.Ports)
	if err != nil {
		return err
	}
	if adapters := slices.DeleteFunc(slices.Clone(list), func(p port.Info) bool { return p.Vendor == "" }); len(adapters) > 0 {
		list = adapters // and none that is soldered to this machine
	}
	switch len(list) {
	case 0:
		return errors.New("there is no serial port: plug the board in, with a cable that does more than charge")
	case 1:
		o.port = list[0].Name
		return nil
	}
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.Name
	}
	return fmt.Errorf("--port is missing, and there are %s", strings.Join(names, ", "))
}

// listPorts prints the ports of this machine, and what a gateway that runs here knows of what hangs there.
func listPorts(ctx context.Context, cmd *cobra.Command, c *config.Config, asJSON bool) error {
	infos, err := port.List(c.Flash.Ports)
	if err != nil {
		return err
	}
	known := map[string]api.FlashPort{}
	if client, err := control.Dial(ctx, c.DataDir); err == nil {
		var list api.FlashPortList
		if err := client.Call(ctx, http.MethodGet, "/api/v1/flash/ports", nil, &list); err == nil { // it may be an older one
			for _, p := range list.Items {
				known[p.Name] = p
			}
		}
	}
	list := api.FlashPortList{Items: []api.FlashPort{}}
	for _, i := range infos {
		p := known[i.Name]
		p.Name, p.Vendor, p.Product, p.Serial, p.Adapter = i.Name, i.Vendor, i.Product, i.Serial, i.Adapter
		list.Items = append(list.Items, p)
	}
	if asJSON {
		return writeJSON(cmd.OutOrStdout(), list)
	}
	if len(list.Items) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "there is no serial port: plug the board in, with a cable that does more than charge")
		return nil
	}
	table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PORT\tADAPTER\tVENDOR\tPRODUCT\tSERIAL\tCHIP")
	for _, p := range list.Items {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", p.Name, dash(p.Adapter), dash(p.Vendor), dash(p.Product), dash(p.Serial), chipOf(p))
	}
	return table.Flush()
}

func chipOf(p api.FlashPort) string {
	switch {
	case p.Busy != "":
		return p.Busy
	case p.Chip != nil:
		return p.Chip.Name + " " + p.Chip.MAC
	}
	return "-"
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// password is that of the Wi-Fi; nil leaves it to the gateway, which keeps it.
func (o *flashFlags) password(ctx context.Context, cmd *cobra.Command, g *distantGateway) (*string, error) {
	if o.wifi == "" {
		return nil, nil
	}
	if o.passwordFile != "" {
		return firstLine(o.passwordFile)
	}
	if p, set := os.LookupEnv("GATEWAY_WIFI_PASSWORD"); set {
		return &p, nil
	}
	if kept, err := g.keeps(ctx, o.wifi); err != nil || kept {
		return nil, err
	}
	f, ok := cmd.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, &usageError{errors.New("the password of the Wi-Fi is missing: put it into a file for --password-file, or into $GATEWAY_WIFI_PASSWORD; an open network has an empty one")}
	}
	p, err := typed(cmd, f, "password of the Wi-Fi "+o.wifi+": ")
	return &p, err
}

func firstLine(name string) (*string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("the password of the Wi-Fi: %w", err)
	}
	defer f.Close()
	line, err := bufio.NewReader(io.LimitReader(f, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the password of the Wi-Fi: %w", err)
	}
	line = strings.TrimRight(line, "\r\n")
	return &line, nil
}

// firmware is the image to be written.
func (o *flashFlags) firmware(ctx context.Context, g *distantGateway) ([]byte, error) {
	if o.image == "" {
		return g.image(ctx)
	}
	f, err := os.Open(o.image)
	if err != nil {
		return nil, fmt.Errorf("the image: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, image.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("the image: %w", err)
	}
	if _, err := image.Check(data); err != nil { // before anything is made or written
		return nil, fmt.Errorf("%s: %w", o.image, err)
	}
	return data, nil
}

// secretsOf are what must not be seen of a board's config.
func secretsOf(config []byte) []string {
	var c struct {
		Key  string      `json:"key"`
		WiFi [][2]string `json:"wifi"`
	}
	if json.Unmarshal(config, &c) != nil {
		return nil
	}
	list := []string{c.Key}
	for _, w := range c.WiFi {
		list = append(list, w[1])
	}
	return list
}
