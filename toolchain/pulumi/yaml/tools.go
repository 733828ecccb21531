//go:build tools

// Package tools only holds the import that keeps the language host for YAML in go.mod.
package tools

import _ "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
