// An application's baggage through OpenTelemetry for Go: a line of JSON in, a line out.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
)

func main() {
	// What cannot be read is an error of the client's, and none of this program's.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {}))
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var sent string
		if err := json.Unmarshal(line, &sent); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		propagator, passed := propagation.Baggage{}, propagation.MapCarrier{}
		propagator.Inject(propagator.Extract(context.Background(), propagation.MapCarrier{"baggage": sent}), passed)
		said, _ := json.Marshal(passed["baggage"])
		fmt.Println(string(said))
	}
}
