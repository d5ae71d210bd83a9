package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// A tunnel stands in a pod in the place of ztunnel. Out, it leads connections to a waypoint or to another pod's tunnel, by
// what the control plane tells ztunnels; in, it takes those of other tunnels and of waypoints, if policies let in who
// opens them. It decides as ztunnel's documentation says: ztunnel itself is not run.
type tunnel struct {
	Chain, Key, Root string
	Address          string
	told             atomic.Pointer[told]
	config           *tls.Config
	mutex            sync.Mutex
	kept             map[string]*http.Transport
}

// told is what the control plane says now; each line of standard input exchanges it.
type told struct {
	Services  map[string]service  // by address
	Workloads map[string]workload // by address
	Policies  []policy            // that are asked of connections to this pod
}

type service struct {
	Waypoint  string // the address of its tunnel; none if empty
	Endpoints map[string][]string
}

type workload struct{ Tunnel bool }

// policy is one of ztunnel's API: groups are alternatives, rules of a group hold together, and so do a rule's matches' parts.
type policy struct {
	Name   string
	Action string
	Groups []struct {
		Rules []struct {
			Matches []struct {
				Principals, NotPrincipals []text
				Other                     bool // it asks for what this tunnel does not know
			}
		}
	}
}

type text struct {
	Exact, Prefix, Suffix *string
	Presence              *struct{}
}

const (
	outward, inward, hbone = 15001, 15006, 15008
	originalDestination    = 80
	hearing                = 300 * time.Millisecond
)

func serveTunnel(file string) error {
	own := &tunnel{kept: map[string]*http.Transport{}}
	words, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := errors.Join(json.Unmarshal(words, own), own.hear(words)); err != nil {
		return err
	}
	pair, err := tls.X509KeyPair([]byte(own.Chain), []byte(own.Key))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(own.Root))
	own.config = &tls.Config{
		Certificates: []tls.Certificate{pair},
		MinVersion:   tls.VersionTLS13,
		NextProtos:   []string{"h2"},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    roots,
		RootCAs:      roots,
		// Identities are URIs, not names of hosts.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			others := x509.NewCertPool()
			for _, other := range state.PeerCertificates[1:] {
				others.AddCert(other)
			}
			options := x509.VerifyOptions{Roots: roots, Intermediates: others, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
			_, err := state.PeerCertificates[0].Verify(options)
			return err
		},
	}
	for port, meet := range map[int]func(net.Conn){outward: own.lead, inward: own.plain} {
		listener, err := net.Listen("tcp", fmt.Sprintf("0.0.0.0:%d", port))
		if err != nil {
			return err
		}
		go accept(listener, meet)
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("0.0.0.0:%d", hbone))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: own, TLSConfig: own.config, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.ServeTLS(listener, "", "") }()
	fmt.Println("ready")
	for lines := bufio.NewReader(os.Stdin); ; fmt.Println("ready") {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return nil
		}
		if err := own.hear(line); err != nil {
			return err
		}
	}
}

func (own *tunnel) hear(words []byte) error {
	said := &told{}
	err := json.Unmarshal(words, said)
	own.told.Store(said)
	return err
}

func accept(listener net.Listener, meet func(net.Conn)) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go meet(conn)
	}
}

// lead takes what the pod dials.
func (own *tunnel) lead(conn net.Conn) {
	defer conn.Close()
	dialled, err := wanted(conn)
	if err != nil {
		return
	}
	host, port, _ := net.SplitHostPort(dialled)
	known := own.told.Load()
	if found, is := known.Services[host]; is {
		if found.Waypoint != "" {
			own.through(conn, found.Waypoint, dialled)
			return
		}
		endpoints := found.Endpoints[port]
		if len(endpoints) == 0 {
			return
		}
		dialled = endpoints[time.Now().UnixNano()%int64(len(endpoints))]
		host, _, _ = net.SplitHostPort(dialled)
	}
	if known.Workloads[host].Tunnel {
		own.through(conn, net.JoinHostPort(host, fmt.Sprint(hbone)), dialled)
		return
	}
	other, err := net.DialTimeout("tcp", dialled, patience)
	if err != nil {
		return
	}
	join(conn, other)
}

// through opens a tunnel at a place, to what was dialled.
func (own *tunnel) through(conn net.Conn, place string, dialled string) {
	out, in := io.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ask := (&http.Request{
		Method: http.MethodConnect,
		URL:    &url.URL{Scheme: "https", Host: place},
		Host:   dialled,
		Header: http.Header{"User-Agent": nil},
		Body:   out,
	}).WithContext(ctx)
	waiting := time.AfterFunc(patience, stop)
	reply, err := own.transport(place).RoundTrip(ask)
	waiting.Stop()
	if err != nil {
		return
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return
	}
	go func() {
		_, _ = io.Copy(in, conn)
		in.Close()
	}()
	_, err = io.Copy(conn, reply.Body)
	if err == nil {
		half(conn)
	}
}

func (own *tunnel) transport(place string) *http.Transport {
	own.mutex.Lock()
	defer own.mutex.Unlock()
	if own.kept[place] == nil {
		own.kept[place] = &http.Transport{TLSClientConfig: own.config.Clone(), ForceAttemptHTTP2: true, DisableCompression: true}
	}
	return own.kept[place]
}

// ServeHTTP is the end of a tunnel.
func (own *tunnel) ServeHTTP(write http.ResponseWriter, asked *http.Request) {
	if asked.Method != http.MethodConnect {
		http.Error(write, "CONNECT alone", http.StatusMethodNotAllowed)
		return
	}
	host, _, _ := net.SplitHostPort(asked.Host)
	if host != own.Address {
		http.Error(write, "another pod's", http.StatusBadRequest)
		return
	}
	who := ""
	if uris := asked.TLS.PeerCertificates[0].URIs; len(uris) == 1 {
		who = strings.TrimPrefix(uris[0].String(), "spiffe://")
	}
	if !own.lets(who) {
		http.Error(write, "policies refuse "+who, http.StatusUnauthorized)
		return
	}
	other, err := net.DialTimeout("tcp", asked.Host, patience)
	if err != nil {
		http.Error(write, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer other.Close()
	control := http.NewResponseController(write)
	write.WriteHeader(http.StatusOK)
	_ = control.Flush()
	asking := make(chan struct{})
	go func() {
		_, _ = io.Copy(other, asked.Body)
		half(other)
		close(asking)
	}()
	buffer := make([]byte, 16384)
	for {
		count, err := other.Read(buffer)
		if count > 0 {
			if _, failed := write.Write(buffer[:count]); failed != nil {
				return
			}
			_ = control.Flush()
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				panic(http.ErrAbortHandler)
			}
			// The end of an answer resets a stream whose other direction is open: what was said must be heard before.
			select {
			case <-asking:
			case <-time.After(hearing):
			}
			return
		}
	}
}

// plain takes connections that come by no tunnel, and so without an identity.
func (own *tunnel) plain(conn net.Conn) {
	defer conn.Close()
	dialled, err := wanted(conn)
	if err != nil || !own.lets("") {
		return
	}
	other, err := net.DialTimeout("tcp", dialled, patience)
	if err != nil {
		return
	}
	join(conn, other)
}

// lets tells whether policies let in an identity: none that denies fits, and one that allows does, if there is any.
func (own *tunnel) lets(who string) bool {
	allowing, allowed := false, false
	for _, each := range own.told.Load().Policies {
		fits := each.fits(who)
		if each.Action == "DENY" {
			if fits {
				return false
			}
			continue
		}
		allowing, allowed = true, allowed || fits
	}
	return allowed || !allowing
}

func (each policy) fits(who string) bool {
	for _, group := range each.Groups {
		whole := true
		for _, rule := range group.Rules {
			some := len(rule.Matches) == 0
			for _, match := range rule.Matches {
				yes := len(match.Principals) == 0 || slices.ContainsFunc(match.Principals, func(one text) bool { return one.fits(who) })
				no := slices.ContainsFunc(match.NotPrincipals, func(one text) bool { return one.fits(who) })
				some = some || yes && !no && !match.Other
			}
			whole = whole && some
		}
		if whole {
			return true
		}
	}
	return false
}

func (one text) fits(who string) bool {
	switch {
	case one.Exact != nil:
		return who == *one.Exact
	case one.Prefix != nil:
		return strings.HasPrefix(who, *one.Prefix)
	case one.Suffix != nil:
		return strings.HasSuffix(who, *one.Suffix)
	default:
		return who != ""
	}
}

// wanted is the address that was dialled before the connection was redirected.
func wanted(conn net.Conn) (string, error) {
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return "", err
	}
	var found [16]byte
	var failed syscall.Errno
	err = raw.Control(func(descriptor uintptr) {
		size := uint32(len(found))
		_, _, failed = syscall.Syscall6(syscall.SYS_GETSOCKOPT, descriptor, syscall.SOL_IP, originalDestination, uintptr(unsafe.Pointer(&found)), uintptr(unsafe.Pointer(&size)), 0)
	})
	if err == nil && failed != 0 {
		err = failed
	}
	return net.JoinHostPort(net.IP(found[4:8]).String(), fmt.Sprint(int(found[2])<<8|int(found[3]))), err
}

func join(one, other net.Conn) {
	defer other.Close()
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(other, one)
		half(other)
		close(done)
	}()
	_, _ = io.Copy(one, other)
	half(one)
	<-done
}

func half(conn net.Conn) {
	if stream, is := conn.(*net.TCPConn); is {
		_ = stream.CloseWrite()
	}
}
