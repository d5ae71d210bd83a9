//go:build tools

// What of Gitea is built: its one binary.
package gitea

import _ "code.gitea.io/gitea"
