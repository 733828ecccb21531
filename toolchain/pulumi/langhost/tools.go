//go:build tools

// Package tools only holds the imports that keep the language hosts for Node and Python in go.mod. v3.68.0 is the newest module
// that contains them, and they work with newer CLIs.
package tools

import (
	_ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
	_ "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
)
