// Builds kustomizations in memory: one case a line on standard input, one answer a line on standard output.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

type Case struct {
	Root  string            `json:"root"`
	Files map[string]string `json:"files"`
}

// Answer holds the objects as whoever reads the printed YAML sees them, or why there are none.
type Answer struct {
	Objects []json.RawMessage `json:"objects"`
	Error   string            `json:"error,omitempty"`
}

func build(given Case) (answer Answer) {
	defer func() {
		if reason := recover(); reason != nil {
			answer = Answer{Error: fmt.Sprintf("panic: %v", reason)}
		}
	}()
	disk := filesys.MakeFsInMemory()
	for path, content := range given.Files {
		if err := disk.WriteFile("/"+path, []byte(content)); err != nil {
			return Answer{Error: err.Error()}
		}
	}
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, "/"+given.Root)
	if err != nil {
		return Answer{Error: err.Error()}
	}
	answer.Objects = []json.RawMessage{}
	for _, resource := range made.Resources() {
		text, err := resource.AsYAML()
		if err != nil {
			return Answer{Error: err.Error()}
		}
		object, err := yaml.YAMLToJSON(text)
		if err != nil {
			return Answer{Error: "what Kustomize prints cannot be read: " + err.Error()}
		}
		answer.Objects = append(answer.Objects, object)
	}
	return answer
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	answers := bufio.NewWriter(os.Stdout)
	for {
		line, err := lines.ReadString('\n')
		if strings.TrimSpace(line) == "" {
			if err != nil {
				return
			}
			continue
		}
		var given Case
		if wrong := json.Unmarshal([]byte(line), &given); wrong != nil {
			panic(wrong)
		}
		text, wrong := json.Marshal(build(given))
		if wrong != nil {
			panic(wrong)
		}
		answers.Write(append(text, '\n'))
		answers.Flush()
	}
}
