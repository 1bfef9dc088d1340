"""Languages: the registry of mC4, scripts, sentences, identification, directions, sampling rates.

For facts and pure functions about languages; imports neither `models` nor `pipeline`.
"""
