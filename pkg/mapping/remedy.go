package mapping

import (
	"errors"
	"strings"
)

// remedyFor says what to do about a fault of a pattern or template.
func remedyFor(err error) string {
	remedies := []struct {
		fault  error
		remedy string
	}{
		{ErrUnclosed, "close it, as in {room}"},
		{ErrStrayBrace, "remove it, or open it, as in {room}"},
		{ErrCaptureName, "name it like {room} or {room_2}"},
		{ErrPartOfLevel, "put a / around it"},
		{ErrNotLast, "use + or {x} for one level"},
		{ErrTwice, "give the second one another name"},
		{ErrTooMany, "use + or # for levels nobody needs"},
		{ErrMixed, "write it the same way everywhere"},
		{ErrShareLevel, "put a / between them"},
		{ErrRestNotLast, "move it to the end"},
		{ErrTopicEmpty, "write one"},
		{ErrTopicTooLong, "shorten it"},
		{ErrTopicEncoding, "write it in UTF-8"},
	}
	for _, r := range remedies {
		if errors.Is(err, r.fault) {
			return r.remedy
		}
	}
	return ""
}

// nearest returns the candidate that differs least from a misspelt word, empty if none is near.
func nearest(word string, candidates []string) string {
	best, least := "", len(word)/3+2
	for _, c := range candidates {
		if d := EditDistance(strings.ToLower(word), c); d < least {
			best, least = c, d
		}
	}
	return best
}

// EditDistance counts the insertions, deletions and replacements of bytes that turn a into b (Levenshtein's distance).
func EditDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// didYouMean is a remedy for a misspelt word.
func didYouMean(word string, candidates []string) string {
	if len(word) <= 64 {
		if n := nearest(word, candidates); n != "" {
			return "did you mean " + n + "?"
		}
	}
	return "use one of " + strings.Join(candidates, ", ")
}
