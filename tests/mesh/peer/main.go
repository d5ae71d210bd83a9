// The two ends of a request: `peer client` sends what it is told to, `peer serve JSON` answers as an application does; and
// `peer tunnel FILE` stands between them where pods have no proxy of their own.
// One small program, since a case starts a dozen of them.
package main

import (
	"fmt"
	"os"
	"time"
)

const patience = 5 * time.Second

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "client":
		client(os.Stdin, os.Stdout)
	case len(os.Args) == 3 && os.Args[1] == "serve":
		if err := serve(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case len(os.Args) == 3 && os.Args[1] == "tunnel":
		if err := serveTunnel(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		fmt.Fprintln(os.Stderr, "peer client | peer serve JSON | peer tunnel FILE")
		os.Exit(2)
	}
}
