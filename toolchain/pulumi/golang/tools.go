//go:build tools

// Package tools only holds the import that keeps the language host for Go in go.mod. v3.66.0 is the newest module that
// contains it, and works with newer CLIs.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/go/pulumi-language-go"
