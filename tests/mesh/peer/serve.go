package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
)

// An application, or those of all pods without an Envoy at once. It answers on each port, in whatever protocol the client
// begins to speak (HTTP/1, HTTP/2 in clear, lines), with the address that was dialled, from which the pod is known, and
// with the colour that arrived. Prints "ready", and ends with its standard input.
type application struct {
	Colour   string            // header
	Forwards string            // header that it copies to its calls
	Ports    []json.RawMessage // [number, address to bind]
	Address  string            // the pod's own, if it cannot be told by what was dialled
}

type saying struct {
	Address string  `json:"address"`
	Port    int     `json:"port"`
	Colour  *string `json:"colour"`
	// What it would pass on, where that is not the colour itself.
	Forwards *string `json:"forwards,omitempty"`
	Next     any     `json:"next,omitempty"`
	// What was asked for, where nothing else was.
	Path string `json:"path,omitempty"`
}

const (
	greeting  = "PRI * HTTP/2.0"
	requestID = "x-request-id"
)

var method = regexp.MustCompile(`^[A-Z]+ /`)

func serve(words string) error {
	var app application
	if err := json.Unmarshal([]byte(words), &app); err != nil {
		return err
	}
	web := &queue{make(chan net.Conn)}
	protocols := unencrypted()
	protocols.SetHTTP1(true)
	server := &http.Server{Handler: app, Protocols: protocols, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.Serve(web) }()
	for _, port := range app.Ports {
		var number int
		var bind string
		if err := json.Unmarshal(port, &[]any{&number, &bind}); err != nil {
			return err
		}
		listener, err := net.Listen("tcp", net.JoinHostPort(bind, fmt.Sprint(number)))
		if err != nil {
			return err
		}
		go app.listen(listener, web)
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return nil
}

func (app application) listen(listener net.Listener, web *queue) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go app.meet(conn, web)
	}
}

// meet looks at the first bytes, which tell the protocol.
func (app application) meet(conn net.Conn, web *queue) {
	reader := bufio.NewReader(conn)
	if _, err := reader.Peek(1); err != nil {
		conn.Close()
		return
	}
	begin, _ := reader.Peek(min(reader.Buffered(), 64))
	if bytes.HasPrefix([]byte(greeting), begin[:min(len(begin), len(greeting))]) || method.Match(begin) {
		web.conns <- &begun{conn, reader}
		return
	}
	said, _ := json.Marshal(app.say(conn.LocalAddr()))
	_, _ = conn.Write(append(said, '\n'))
	conn.Close()
}

func (app application) say(local net.Addr) saying {
	dialled := local.(*net.TCPAddr)
	said := saying{Address: app.Address, Port: dialled.Port}
	if said.Address == "" {
		said.Address = dialled.IP.String()
	}
	return said
}

// ServeHTTP answers. `?via=address,port,host,forward;…` makes the application call on, copying what carries the colour if
// `forward` is 1 or 3, and the request's id if it is 2 or 3. Several `via` are several calls, one after the other, whose
// answers are a list.
func (app application) ServeHTTP(write http.ResponseWriter, asked *http.Request) {
	said := app.say(asked.Context().Value(http.LocalAddrContextKey).(net.Addr))
	if colours := asked.Header.Values(app.Colour); len(colours) > 0 {
		colour := strings.Join(colours, ", ")
		said.Colour = &colour
	}
	if passed := asked.Header.Values(app.Forwards); len(passed) > 0 && app.Forwards != app.Colour {
		joined := strings.Join(passed, ",")
		said.Forwards = &joined
	}
	var answers []any
	for _, via := range asked.URL.Query()["via"] {
		if via == "" {
			continue
		}
		next, err := app.call(via, asked.Header)
		if err != nil {
			next = map[string]string{"error": err.Error()}
		}
		answers = append(answers, next)
	}
	switch len(answers) {
	case 0:
		said.Path = asked.URL.RequestURI()
	case 1:
		said.Next = answers[0]
	default:
		said.Next = answers
	}
	body, _ := json.Marshal(said)
	write.Header().Set("content-type", "application/json")
	write.Header().Set("content-length", fmt.Sprint(len(body)))
	_, _ = write.Write(body)
}

func (app application) call(via string, received http.Header) (any, error) {
	first, rest, _ := strings.Cut(via, ";")
	words := strings.Split(first, ",")
	if len(words) != 4 {
		return nil, fmt.Errorf("no call: %q", first)
	}
	place := url.URL{Scheme: "http", Host: net.JoinHostPort(words[0], words[1]), Path: "/"}
	if rest != "" {
		place.RawQuery = "via=" + url.QueryEscape(rest)
	}
	ask := &http.Request{Method: http.MethodGet, URL: &place, Host: words[2], Header: http.Header{"User-Agent": nil}}
	if colours := received.Values(app.Forwards); len(colours) > 0 && (words[3] == "1" || words[3] == "3") {
		ask.Header.Set(app.Forwards, strings.Join(colours, ", "))
	}
	if id := received.Get(requestID); id != "" && (words[3] == "2" || words[3] == "3") {
		ask.Header.Set(requestID, id)
	}
	caller := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	reply, err := caller.Do(ask)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		return nil, err
	}
	if reply.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%d %s", reply.StatusCode, text)
	}
	return json.RawMessage(text), nil
}

// begun is a connection whose first bytes were already read.
type begun struct {
	net.Conn
	reader *bufio.Reader
}

func (conn *begun) Read(into []byte) (int, error) { return conn.reader.Read(into) }

// queue hands connections to the server.
type queue struct{ conns chan net.Conn }

func (web *queue) Accept() (net.Conn, error) { return <-web.conns, nil }
func (web *queue) Close() error              { return nil }
func (web *queue) Addr() net.Addr            { return &net.TCPAddr{} }
