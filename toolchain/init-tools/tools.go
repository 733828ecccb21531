//go:build tools

// Package tools only holds the imports that keep the init tools in go.mod.
package tools

import (
	_ "github.com/smallstep/certificates/cmd/step-awskms-init"
	_ "github.com/smallstep/certificates/cmd/step-cloudkms-init"
)
