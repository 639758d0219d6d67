"""The election among machines, over a ZooKeeper ensemble, with kazoo for its protocol."""
