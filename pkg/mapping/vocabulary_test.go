package mapping

import (
	"strings"
	"testing"
)

// TestFunctionsAreExplained: whatever the library has is offered with a text, and no text is left of what it has no more.
func TestFunctionsAreExplained(t *testing.T) {
	texts := functionTexts()
	for _, f := range Functions() {
		if f.Text == "" || !strings.HasPrefix(f.Signature, f.Name+"(") {
			t.Errorf("%s is not explained: %q %q", f.Name, f.Signature, f.Text)
		}
		delete(texts, f.Name)
	}
	for name := range texts {
		t.Errorf("%s is explained but cannot be called", name)
	}
}

// TestVocabularyCompiles: what completion offers is known to expressions, and what is withheld is not.
func TestVocabularyCompiles(t *testing.T) {
	for _, v := range Variables("room", "client.id", "sensor") {
		if _, err := compileExpr(v.Name, environment([]string{"room", "sensor"})); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
	for _, f := range Functions() {
		_, err := compileExpr(f.Name+"()", environment(nil))
		if err != nil && (strings.Contains(err.Error(), "unknown name") || strings.Contains(err.Error(), "is not available")) {
			t.Errorf("%s cannot be called: %v", f.Name, err)
		}
	}
	for _, name := range withheld() {
		if _, err := compileExpr(name+"()", environment(nil)); err == nil {
			t.Errorf("%s compiles", name)
		}
	}
}
