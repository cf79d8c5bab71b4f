module athena-spokes/sandbox/aws-native

go 1.25.11

require github.com/pulumi/pulumi-aws-native/provider v1.11.0
