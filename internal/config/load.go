package config

// DefaultFile is read when no file is named, if it is there.
const DefaultFile = "config.toml"

// Load reads the configuration. flags hold values of the command line by key ("http.listen"), environ is os.Environ().
// An empty path means DefaultFile if that exists, else the defaults. The error is *Problems when the file could be read.
func Load(path string, flags map[string]string, environ []string) (*Config, []Warning, error) {
	return &Config{}, nil, nil
}
