// Command go-example declares a certificate authority with its keys in encrypted files.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"pulumi-kms-pki/sdk/go/kmspki"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		ca, err := kmspki.NewCertificateAuthority(ctx, "ca", &kmspki.CertificateAuthorityArgs{
			Keys:          kmspki.PluginKeysArgs{Softkms: &kmspki.SoftKeysArgs{}},
			AuthorityName: pulumi.String("Example"),
			DnsNames:      pulumi.ToStringArray([]string{"localhost"}),
			Address:       pulumi.String(":9443"),
		})
		if err != nil {
			return err
		}
		// "kms-pki export" and "kms-pki status" read this output.
		ctx.Export("ca", ca.Outputs)
		return nil
	})
}
