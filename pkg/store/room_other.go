//go:build !linux

package store

import (
	"errors"
	"os"
)

// takeRoom says that it cannot.
func takeRoom(*os.File, int64, int64) error { return errors.ErrUnsupported }
