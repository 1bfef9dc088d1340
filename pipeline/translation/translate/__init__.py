"""Text through a translation model: files, a prompt, a page in the browser."""
