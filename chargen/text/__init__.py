"""The text wing: books in, new text out."""
