package mapping

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/builtin"
)

// Variable is what an expression can read by name.
type Variable struct {
	Name string `json:"name"`
	Type string `json:"type"` // any, string, int or bool
	Text string `json:"text"` // what it is, for people
}

// Function is what an expression can call. One without a Signature is an operator: it stands between two values.
type Function struct {
	Name      string `json:"name"`
	Signature string `json:"signature"`
	Text      string `json:"text"`
}

// Variables are what when, transform and transform_in read in a rule with these captures, in the order of their use.
func Variables(captures ...string) []Variable {
	out := []Variable{
		{varPayload, "any", "the payload: a JSON value, text or bytes; in transform_in the event's argument"},
		{varTopic, "string", "the topic of the message"},
		{varQoS, "int", "its quality of service: 0, 1 or 2"},
		{varRetain, "bool", "whether it is retained"},
		{varClient + ".id", "string", "the id of the user, token or device; empty where there is none"},
	}
	for _, c := range captures {
		if c != clientID {
			out = append(out, Variable{c, "string", "what {" + c + "} took of the topic"})
		}
	}
	return out
}

// Functions are the functions of expr that expressions have, by name. They are taken from the library itself, so that what is
// offered is what compiles.
func Functions() []Function {
	texts := functionTexts()
	var out []Function
	for _, name := range builtin.Names {
		if slices.Contains(withheld(), name) {
			continue
		}
		signature, text, _ := strings.Cut(texts[name], ": ")
		out = append(out, Function{name, signature, text})
	}
	slices.SortFunc(out, func(a, b Function) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// functionTexts says of each function how it is called and what it yields.
func functionTexts() map[string]string {
	out := make(map[string]string)
	for line := range strings.Lines(functionList) {
		line = strings.TrimSpace(line)
		name, _, _ := strings.Cut(line, "(")
		out[name] = line
	}
	return out
}

// functionList has a line for each function: how it is called, and what it yields. A # in a predicate is the element.
const functionList = `abs(number): the number without its sign
all(list, predicate): whether the predicate holds for each element, as in all(payload, # > 0)
any(list, predicate): whether the predicate holds for some element
bitand(int, int): the bits that both have
bitnand(int, int): the bits of the first that the second has not
bitnot(int): every bit turned over
bitor(int, int): the bits that either has
bitshl(int, n): the bits moved n places up
bitshr(int, n): the bits moved n places down
bitushr(int, n): the bits moved n places down, zeros coming in
bitxor(int, int): the bits that only one has
ceil(number): the next whole number up
concat(list, list...): one list of all elements
count(list, predicate): how many elements the predicate holds for
date(text): a point in time, as in date("2026-11-24")
duration(text): a length of time, as in duration("90s")
filter(list, predicate): the elements the predicate holds for
find(list, predicate): the first element the predicate holds for, or nil
findIndex(list, predicate): the place of the first element the predicate holds for, from 0
findLast(list, predicate): the last element the predicate holds for, or nil
findLastIndex(list, predicate): the place of the last element the predicate holds for
first(list): the first element, or nil
flatten(list): the elements of the lists in a list
float(value): a number with a point, made of text or a number
floor(number): the next whole number down
fromBase64(text): the text that Base64 stands for
fromJSON(text): the value that JSON text stands for
fromPairs(list): an object made of [key, value] pairs
get(value, key): an element of an object or list, or nil
groupBy(list, key): an object of lists, one for each key, as in groupBy(payload, #.room)
hasPrefix(text, start): whether text begins with start
hasSuffix(text, end): whether text ends with end
indexOf(text, part): where part begins in text, from 0; -1 for nowhere
int(value): a whole number, made of text or a number
join(list, between): the texts of a list as one
keys(object): the names in an object
last(list): the last element, or nil
lastIndexOf(text, part): where part begins for the last time
len(value): the length of text, a list or an object
lower(text): text in small letters
map(list, expression): a list of what the expression makes of each element, as in map(payload, # * 2)
max(number, number...): the largest
mean(list): the average of numbers
median(list): the middle one of numbers
min(number, number...): the smallest
none(list, predicate): whether the predicate holds for no element
one(list, predicate): whether the predicate holds for exactly one element
reduce(list, expression, start): one value made of all elements, as in reduce(payload, #acc + #, 0)
repeat(text, n): text n times over
replace(text, old, new): text with new in every place of old
reverse(list): the list from its end
round(number): the nearest whole number
sort(list): the list in order
sortBy(list, key): the list in the order of a key, as in sortBy(payload, #.power)
split(text, at): the parts of text
splitAfter(text, at): the parts of text, each with what it was split at
string(value): any value as text
sum(list): the sum of numbers
take(list, n): the first n elements
toBase64(text): text as Base64
toJSON(value): any value as JSON text
toPairs(object): an object as [key, value] pairs
trim(text): text without the white space around it
trimPrefix(text, start): text without start
trimSuffix(text, end): text without end
type(value): the name of a value's type: "nil", "bool", "int", "float", "string", "array", "map"
uniq(list): each element once
upper(text): text in capitals
values(object): the values in an object`
