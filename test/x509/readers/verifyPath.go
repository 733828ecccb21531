// Verifies a path with Go's crypto/x509, and looks each certificate up on the list that its issuer signed:
// verifyPath ROOT CRLS INSTANT LEAF [INTERMEDIATE...]. Prints "valid", or why it is not.
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"time"
)

func blocks(file string) [][]byte {
	text, err := os.ReadFile(file)
	check(err)
	var found [][]byte
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		found = append(found, block.Bytes)
	}
	return found
}

func certificate(file string) *x509.Certificate {
	parsed, err := x509.ParseCertificate(blocks(file)[0])
	check(err)
	return parsed
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(0)
	}
}

func main() {
	root, intermediates := certificate(os.Args[1]), x509.NewCertPool()
	roots := x509.NewCertPool()
	roots.AddCert(root)
	now, err := time.Parse(time.RFC3339, os.Args[3])
	check(err)
	leaf := certificate(os.Args[4])
	for _, file := range os.Args[5:] {
		intermediates.AddCert(certificate(file))
	}
	options := x509.VerifyOptions{Roots: roots, Intermediates: intermediates, CurrentTime: now}
	chains, err := leaf.Verify(options)
	check(err)
	for i, each := range chains[0][:len(chains[0])-1] {
		check(revoked(each, chains[0][i+1], now))
	}
	fmt.Println("valid")
}

func revoked(each, issuer *x509.Certificate, now time.Time) error {
	for _, der := range blocks(os.Args[2]) {
		list, err := x509.ParseRevocationList(der)
		if err != nil {
			return err
		}
		if list.CheckSignatureFrom(issuer) != nil {
			continue
		}
		if now.Before(list.ThisUpdate) || now.After(list.NextUpdate) {
			return fmt.Errorf("the list of %s is not current", issuer.Subject.CommonName)
		}
		for _, entry := range list.RevokedCertificateEntries {
			if entry.SerialNumber.Cmp(each.SerialNumber) == 0 {
				return fmt.Errorf("%s is revoked, reason %d", each.Subject.CommonName, entry.ReasonCode)
			}
		}
		return nil
	}
	return fmt.Errorf("there is no list of %s", issuer.Subject.CommonName)
}
