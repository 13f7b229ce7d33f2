package flash

import (
	"sync"

	"gateway/internal/records"
)

const (
	bucket  = "flash"
	wifiKey = "wifi"
)

// WiFi is the network for boards that somebody wished to be kept: its password sealed, for this machine only.
type WiFi struct {
	records records.Store
	vault   *Vault

	mu   sync.Mutex
	kept keptWiFi
}

type keptWiFi struct {
	SSID   string `json:"ssid"`
	Sealed []byte `json:"sealed"`
}

// NewWiFi loads what is kept.
func NewWiFi(store records.Store, vault *Vault) (*WiFi, error) {
	w := &WiFi{records: store, vault: vault}
	err := records.Each(store, bucket, func(key string, k *keptWiFi) {
		if key == wifiKey {
			w.kept = *k
		}
	})
	return w, err
}

// SSID is the network that is kept, "" for none; open reports whether its password can be read here: after a restore on another
// machine it has to be typed anew.
func (w *WiFi) SSID() (ssid string, open bool) {
	w.mu.Lock()
	ssid = w.kept.SSID
	w.mu.Unlock()
	_, open = w.Password(ssid)
	return ssid, open && ssid != ""
}

// Password returns the one that is kept for a network.
func (w *WiFi) Password(ssid string) (string, bool) {
	w.mu.Lock()
	kept := w.kept
	w.mu.Unlock()
	if ssid == "" || kept.SSID != ssid {
		return "", false
	}
	password, err := w.vault.Open(kept.Sealed, ssid)
	return password, err == nil
}

// Keep keeps a network in place of the one before.
func (w *WiFi) Keep(ssid, password string) error {
	sealed, err := w.vault.Seal(password, ssid)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	k := keptWiFi{ssid, sealed}
	if err := records.Put(w.records, bucket, wifiKey, k); err != nil {
		return err
	}
	w.kept = k
	return nil
}

// Forget removes it.
func (w *WiFi) Forget() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := records.Delete(w.records, bucket, wifiKey); err != nil {
		return err
	}
	w.kept = keptWiFi{}
	return nil
}
