package wsframe

import (
	"encoding/binary"
	"unicode/utf8"
)

// CloseCode says why a peer closes (RFC 6455, section 7.4).
type CloseCode uint16

// The codes that this server sends.
const (
	CloseNormal        CloseCode = 1000
	CloseGoingAway     CloseCode = 1001
	CloseProtocolError CloseCode = 1002
	CloseInvalidData   CloseCode = 1007
	ClosePolicy        CloseCode = 1008
	CloseTooLarge      CloseCode = 1009
	CloseInternalError CloseCode = 1011
)

// closeNoStatus stands for a close frame without a code.
const closeNoStatus CloseCode = 1005

// AppendClose appends a close frame of a server.
func AppendClose(b []byte, code CloseCode) []byte {
	b = AppendHeader(b, Close, 2)
	return binary.BigEndian.AppendUint16(b, uint16(code))
}

// ParseClose reads the payload of a close frame: a code, 1005 when there is none.
func ParseClose(p []byte) (CloseCode, error) {
	if len(p) == 0 {
		return closeNoStatus, nil
	}
	if len(p) == 1 {
		return 0, ErrInvalidCloseCode
	}
	code := CloseCode(binary.BigEndian.Uint16(p))
	if !code.sendable() {
		return 0, ErrInvalidCloseCode
	}
	if !utf8.Valid(p[2:]) {
		return 0, ErrInvalidUTF8
	}
	return code, nil
}

// sendable reports whether a peer may put the code on the wire.
func (c CloseCode) sendable() bool {
	switch {
	case c >= 1000 && c <= 1003, c >= 1007 && c <= 1014, c >= 3000 && c <= 4999:
		return true
	}
	return false
}
