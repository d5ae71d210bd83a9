package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// A request is one JSON line, its answer another, in order. The answer is {"status", "body"}, or {"error"} if none came
// or it was cut. HTTP/1 is written as it is told, so that names keep their case and values their blanks.
type request struct {
	Address string
	Port    int
	Host    string
	Path    string
	Headers [][2]string
	HTTP2   bool
	TCP     bool   // raw TCP: a line out, all that comes back in
	Torn    bool   // of raw TCP: a whole answer counts though the connection is reset behind it
	Raw     string // bytes in Latin-1 instead of a request: header lines that no client would send
}

type answer struct {
	Status int    `json:"status,omitempty"`
	Body   string `json:"body"`
	Error  string `json:"error,omitempty"`
}

// connection is kept open from one request to the next.
type connection struct {
	net.Conn
	reader *bufio.Reader
}

var (
	kept  = map[string]*connection{}
	plain = &http.Transport{Protocols: unencrypted(), DisableCompression: true, ResponseHeaderTimeout: patience}
)

func unencrypted() *http.Protocols {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	return protocols
}

func client(in io.Reader, out io.Writer) {
	lines, write := bufio.NewReader(in), json.NewEncoder(out)
	write.SetEscapeHTML(false)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var wanted request
		said, err := answer{}, json.Unmarshal(line, &wanted)
		if err == nil {
			said, err = wanted.send()
		}
		if err != nil {
			_ = write.Encode(map[string]string{"error": err.Error()})
			continue
		}
		_ = write.Encode(map[string]any{"status": said.Status, "body": said.Body})
	}
}

func (wanted request) send() (answer, error) {
	if wanted.Path == "" {
		wanted.Path = "/"
	}
	switch {
	case wanted.TCP:
		return wanted.line()
	case wanted.Raw != "":
		return wanted.bytes()
	case wanted.HTTP2:
		return wanted.two()
	default:
		return wanted.one()
	}
}

func (wanted request) place() string {
	return net.JoinHostPort(wanted.Address, fmt.Sprint(wanted.Port))
}

func (wanted request) dial() (*connection, error) {
	conn, err := net.DialTimeout("tcp", wanted.place(), patience)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(patience))
	return &connection{conn, bufio.NewReader(conn)}, nil
}

// one asks over HTTP/1, on a kept connection if there is one. That may have been closed since; then it asks again.
func (wanted request) one() (answer, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "GET %s HTTP/1.1\r\nhost: %s\r\n", wanted.Path, wanted.Host)
	for _, header := range wanted.Headers {
		fmt.Fprintf(&text, "%s: %s\r\n", header[0], header[1])
	}
	text.WriteString("\r\n")
	if conn := kept[wanted.place()]; conn != nil {
		delete(kept, wanted.place())
		_ = conn.SetDeadline(time.Now().Add(patience))
		if said, err := wanted.exchange(conn, text.String()); err == nil || errors.Is(err, errCut) || isTimeout(err) {
			return said, err
		}
	}
	conn, err := wanted.dial()
	if err != nil {
		return answer{}, err
	}
	return wanted.exchange(conn, text.String())
}

var errCut = errors.New("the answer was cut")

func isTimeout(err error) bool {
	var slow net.Error
	return errors.As(err, &slow) && slow.Timeout()
}

func (wanted request) exchange(conn *connection, text string) (answer, error) {
	if _, err := io.WriteString(conn, text); err != nil {
		conn.Close()
		return answer{}, err
	}
	if _, err := conn.reader.Peek(1); err != nil { // nothing at all came back
		conn.Close()
		return answer{}, err
	}
	reply, err := http.ReadResponse(conn.reader, &http.Request{Method: http.MethodGet})
	if err != nil {
		conn.Close()
		return answer{}, fmt.Errorf("%w: %v", errCut, err)
	}
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		conn.Close()
		return answer{}, fmt.Errorf("%w: %v", errCut, err)
	}
	if reply.Close {
		conn.Close()
	} else {
		kept[wanted.place()] = conn
	}
	return answer{Status: reply.StatusCode, Body: string(body)}, nil
}

func (wanted request) two() (answer, error) {
	place, err := url.Parse("http://" + wanted.place() + wanted.Path)
	if err != nil {
		return answer{}, err
	}
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	ask := (&http.Request{Method: http.MethodGet, URL: place, Host: wanted.Host, Header: http.Header{"User-Agent": nil}}).WithContext(ctx)
	for _, header := range wanted.Headers {
		name := strings.ToLower(header[0])
		ask.Header[name] = append(ask.Header[name], header[1])
	}
	reply, err := plain.RoundTrip(ask)
	if err != nil {
		return answer{}, err
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	return answer{Status: reply.StatusCode, Body: string(body)}, err
}

func (wanted request) bytes() (answer, error) {
	conn, err := wanted.dial()
	if err != nil {
		return answer{}, err
	}
	defer conn.Close()
	raw := make([]byte, 0, len(wanted.Raw))
	for _, letter := range wanted.Raw {
		raw = append(raw, byte(letter))
	}
	if _, err := conn.Write(raw); err != nil {
		return answer{}, err
	}
	reply, err := http.ReadResponse(conn.reader, &http.Request{Method: http.MethodGet})
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(reply.Body)
	return answer{Status: reply.StatusCode, Body: string(body)}, err
}

// line asks over raw TCP. Policies are asked at the client's first byte, so it sends one.
func (wanted request) line() (answer, error) {
	conn, err := wanted.dial()
	if err != nil {
		return answer{}, err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "hello\n"); err != nil {
		return answer{}, err
	}
	said, err := io.ReadAll(conn.reader)
	if wanted.Torn && errors.Is(err, syscall.ECONNRESET) && json.Valid(said) {
		err = nil
	}
	if len(said) == 0 {
		return answer{}, errors.Join(errors.New("closed"), err)
	}
	return answer{Status: http.StatusOK, Body: strings.TrimSpace(string(said))}, err
}
