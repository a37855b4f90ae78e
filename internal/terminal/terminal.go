package terminal

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Printf does what fmt.Fprintf does, but quotes each argument that contains an
// unprintable character. Therefore every newline and tab in the output comes from
// the argument format.
func Printf(w io.Writer, format string, args ...any) error {
	for i := range args {
		args[i] = quoted{args[i]}
	}
	_, err := fmt.Fprintf(w, format, args...)
	return err
}

// quoted formats a value as package fmt does. If the result is not printable, it
// adds quotes and escapes.
type quoted struct{ value any }

// Format implements fmt.Formatter.
func (q quoted) Format(f fmt.State, verb rune) {
	text := fmt.Sprintf(fmt.FormatString(f, verb), q.value)
	if !utf8.ValidString(text) || strings.ContainsFunc(text, isUnprintable) {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(f, text)
}

func isUnprintable(r rune) bool { return !strconv.IsPrint(r) }

// JSON prints a value as JSON on one line. It escapes unprintable characters, which
// does not change the values of strings.
func JSON(w io.Writer, value any) error {
	text, err := json.Marshal(value)
	if err == nil {
		_, err = w.Write(append(escaped(text), '\n'))
	}
	return err
}

// JSONArray prints a slice as one JSON array, with one element per line. It escapes
// unprintable characters as JSON does.
func JSONArray[T any](w io.Writer, all []T) error {
	out := []byte("[")
	for i, value := range all {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		if i > 0 {
			out = append(out, ",\n"...)
		}
		out = append(out, escaped(text)...)
	}
	_, err := w.Write(append(out, "]\n"...))
	return err
}

// CSV prints rows as CSV. As Printf does, it quotes each text that contains an
// unprintable character. A text that a spreadsheet would take for a formula gets an
// apostrophe (') as its prefix, so that the spreadsheet shows it as text.
func CSV(w io.Writer, rows [][]string) error {
	out := csv.NewWriter(w)
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, text := range row {
			safe[i] = fmt.Sprintf("%s", quoted{text})
			if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
				safe[i] = "'" + safe[i]
			}
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// escaped replaces each unprintable character of a JSON text or a log line, except
// tabs, with \uXXXX.
func escaped(line []byte) []byte {
	isUnsafe := func(r rune) bool { return r != '\t' && isUnprintable(r) }
	if bytes.IndexFunc(line, isUnsafe) < 0 {
		return line
	}
	var out []byte
	for _, r := range string(line) {
		if !isUnsafe(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}

// Log writes each line of a log with one call of Out.Write, and escapes unprintable
// characters.
type Log struct{ Out io.Writer }

// Write implements io.Writer.
func (l Log) Write(line []byte) (int, error) {
	text := escaped(bytes.TrimSuffix(line, []byte("\n")))
	if _, err := l.Out.Write(append(text, '\n')); err != nil {
		return 0, err
	}
	return len(line), nil
}
