module go-example

go 1.25.0

require (
	github.com/pulumi/pulumi/sdk/v3 v3.256.0
	pulumi-kms-pki/sdk/go v0.1.0
)

replace pulumi-kms-pki/sdk/go => ./sdk/go
