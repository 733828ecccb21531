//go:build tools

// Package tools only holds the import that keeps the CLI in go.mod.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
