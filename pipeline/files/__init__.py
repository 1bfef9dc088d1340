"""Any file of any file system, packed or not, read in blocks of bounded size.

    sources (local, gs://, s3://, hdfs://) -> unpack: blocks (gzip), zstd, xz_bz2
    -> encodings (to UTF-8) -> lines

Comes in: reading and writing that knows nothing of pages, pairs or models; input is never trusted.
Stays out: formats of web text (`corpus.pages`) and of parallel text (`translation.bitext.readers`).
Imports `pipeline.stages` and `langs`.
"""
