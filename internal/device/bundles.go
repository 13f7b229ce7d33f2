package device

import (
	"cmp"
	"slices"

	"gateway/internal/fault"
	"gateway/internal/records"
)

func (s *Service) loadBundles() error {
	if s.Builtin != nil {
		s.bundles[s.Builtin.Version] = s.Builtin
	}
	return records.Each(s.Records, bucketBundles, func(version string, k *keptBundle) {
		b, err := newBundle(k.Name, version, k.Files)
		if err != nil {
			s.Logger.Warn("a firmware bundle is left out", "version", version, "err", err)
			return
		}
		b.AddedAt = k.AddedAt
		s.bundles[version] = b
	})
}

// Bundles lists what boards can be updated to: the gateway's own first, then the newest.
func (s *Service) Bundles() []BundleInfo {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]BundleInfo, 0, len(s.bundles))
	for _, b := range s.bundles {
		list = append(list, b.info())
	}
	slices.SortFunc(list, func(a, b BundleInfo) int {
		if a.Builtin != b.Builtin {
			if a.Builtin {
				return -1
			}
			return 1
		}
		return cmp.Or(b.AddedAt.Compare(a.AddedAt), cmp.Compare(a.Version, b.Version))
	})
	return list
}

// AddBundle keeps a bundle that came as a zip file. With library, the files of the gateway's own bundle are in it too, where the
// zip has none of the same name. The oldest make room.
func (s *Service) AddBundle(name string, data []byte, library bool) (BundleInfo, error) {
	if len(data) > maxBundleZip {
		return BundleInfo{}, fault.New(fault.TooLarge, "it has %d bytes: %d at most", len(data), maxBundleZip)
	}
	files, err := unzip(data)
	if err != nil {
		return BundleInfo{}, err
	}
	if library && s.Builtin == nil {
		return BundleInfo{}, fault.New(fault.Unavailable, "this gateway was built without the library")
	}
	if library {
		for _, f := range s.Builtin.Files {
			if _, there := files[f.Name]; !there {
				files[f.Name] = f.Data
			}
		}
	}
	b, err := newBundle(clip(name, maxFileName), "", files)
	if err != nil {
		return BundleInfo{}, err
	}
	return s.keepBundle(b, files)
}

func (s *Service) keepBundle(b *Bundle, files map[string][]byte) (BundleInfo, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.RLock()
	there := s.bundles[b.Version]
	s.mu.RUnlock()
	if there != nil {
		return there.info(), nil // it is named by its content
	}
	b.AddedAt = s.Now().UTC()
	if err := records.Put(s.Records, bucketBundles, b.Version, keptBundle{b.Name, b.AddedAt, files}); err != nil {
		return BundleInfo{}, err
	}
	s.mu.Lock()
	s.bundles[b.Version] = b
	s.mu.Unlock()
	list := s.Bundles()
	for _, old := range list[min(len(list), maxBundles+1):] {
		if err := s.removeBundle(old.Version); err != nil {
			return BundleInfo{}, err
		}
	}
	return b.info(), nil
}

// RemoveBundle forgets a bundle. An update that is under way goes on.
func (s *Service) RemoveBundle(version string) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.removeBundle(version)
}

func (s *Service) removeBundle(version string) error {
	s.mu.RLock()
	b := s.bundles[version]
	s.mu.RUnlock()
	switch {
	case b == nil:
		return notFound("bundle", version)
	case b.Builtin:
		return fault.New(fault.Invalid, "the gateway's own bundle stays")
	}
	if err := s.Records.DeleteRecord(bucketBundles, version); err != nil {
		return err
	}
	s.mu.Lock()
	delete(s.bundles, version)
	s.mu.Unlock()
	return nil
}
