package wear

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"gateway/bench/internal/memstat"
)

// metrics asks the gateway at addr (host:port) for figures without labels, by name.
func metrics(ctx context.Context, addr string, wanted map[string]*float64) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+memstat.Path, nil)
	if err != nil {
		return err
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return find(resp.Body, wanted)
}

// find fails unless the text has all of them.
func find(text io.Reader, wanted map[string]*float64) (err error) {
	left := maps.Clone(wanted)
	for lines := bufio.NewScanner(text); err == nil && lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if to := left[name]; to != nil {
			*to, err = strconv.ParseFloat(value, 64)
			delete(left, name)
		}
	}
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("metrics lack %v", slices.Sorted(maps.Keys(left)))
	}
	return err
}
