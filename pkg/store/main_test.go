package store

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDirEnv); dir != "" {
		crashChild(dir)
	}
	if script := os.Getenv(powerScriptEnv); script != "" {
		powerMain(script)
	}
	goleak.VerifyTestMain(m)
}
