// Command etcd is the database of Kubernetes' API server. Its own package for this has a version as its name.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
