// Reads a certificate request with Go's crypto/x509: readRequest FILE. Prints its parts as JSON, or why it is refused.
package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
)

func main() {
	text, err := os.ReadFile(os.Args[1])
	check(err)
	block, rest := pem.Decode(text)
	if block == nil || len(rest) > 0 {
		check(fmt.Errorf("not one PEM block"))
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	check(err)
	check(request.CheckSignature())
	extensions := []string{}
	for _, each := range request.Extensions {
		critical := ""
		if each.Critical {
			critical = " critical"
		}
		extensions = append(extensions, each.Id.String()+critical)
	}
	parts, err := json.Marshal(map[string]any{
		"subject": request.Subject.String(), "dnsNames": request.DNSNames, "extensions": extensions,
	})
	check(err)
	fmt.Println(string(parts))
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
