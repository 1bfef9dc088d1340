"""Generation: search, translation of sentences, and scores of translations.

For everything between a loaded model and text; files, servers and commands are in
`pipeline.translation`.
"""
