"""From shards on disk to batches: token streams, the language mixture, span corruption."""
