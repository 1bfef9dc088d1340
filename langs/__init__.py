"""Knowledge about languages that needs neither models nor files: the lowest room of the project.

    registry(.tsv)  mC4's 107 tasks       scripts      the script of a line
    directions      en-fr, en-*           punctuation  marks that end a sentence
    sampling        sizes -> rates        sentences    a text as sentences
    identify, cld3  text -> language      errors       InputError: the user can put it right

Comes in: pure functions and tables of languages. Stays out: anything that opens a corpus, a model
or a configuration. Imports nothing of ours; everything else may import it.
"""
