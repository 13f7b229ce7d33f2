package flash

import "net/http"

// Redirect is what a download follows.
func Redirect(req *http.Request, via []*http.Request) error { return redirect(req, via) }
