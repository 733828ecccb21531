//go:build tools

// Package tools only holds the imports that keep Kubernetes' programs in go.mod.
package tools

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver/app"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
